using Qschedd.Engine;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

/// <summary>Moves that several tests make with an <see cref="EngineWorld"/>.</summary>
internal static class WorldMoves
{
    public static EngineWorld Restart(Job job, Func<IRunRequest, RunOutcome?> answer, Action<EngineWorld>? before = null, int downSeconds = 5, EngineSettings? settings = null)
    {
        var world = new EngineWorld().Start(job);
        world.Link.Answer = world.Local.Answer = answer;
        world.Run(3_600);
        before?.Invoke(world);
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs + downSeconds * 1000);
        next.LiveProcesses.UnionWith(world.LiveProcesses);
        return next.Start(settings ?? new EngineSettings(), job);
    }

    public static void Reload(EngineWorld world, params Job[] jobs)
    {
        world.Core.Apply(world.Core.Jobs.Compare(Samples.Catalog(Samples.Server(), jobs)));
        world.Settle();
    }

    public static bool Shows(EngineWorld world, string host)
    {
        var name = new HostName(host, ["daemon.example"]);
        return world.Core.Tasks.JobsOn(w => w == world.Core.Workers.Local ? name.IsOwn : name.Fits(w)).Count > 0;
    }

    public static void Report(EngineWorld world, long seq, TaskState state)
    {
        world.Core.Reports.Take(new TaskReport(world.Store.Tasks[seq].Id, state, "report", null));
        world.Settle();
    }
}
