using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

public class AuditTests
{
    [Fact]
    public void Audit_SaysWhoChangedWhat_OfEveryCommand()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: null));
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Ask<CommandResult>(a => world.Core.Commands.SetEnabled(["demo.job"], false, "admin from 10.0.0.9", a));
        world.Ask<CommandResult>(a => world.Core.Commands.SetWorkers("demo.job", [new("10.1.0.1:20010", false)], "app demo from 10.0.0.9", a));
        var started = world.Ask<TriggerResult>(a => world.Core.Commands.Trigger("demo.job", null, "app demo from 10.0.0.9", a));
        world.Ask<CommandResult>(a => world.Core.Commands.Kill(started.TaskId!, "admin from 10.0.0.9", a));
        world.Core.Apply(world.Core.Jobs.Compare(Samples.Catalog(Samples.Server(), Samples.Job(cron: null), Samples.Job("more", null))));
        world.Core.NoteConfiguration("refuse", "jobs.yaml:1:1: error: it is empty");
        world.Settle();
        Assert.Equal(
            [
                new(world.Clock.WallMs, "admin from 10.0.0.9", "off", "demo.job", ""),
                new(world.Clock.WallMs, "app demo from 10.0.0.9", "offline", "demo.job", "10.1.0.1:20010"),
                new(world.Clock.WallMs, "app demo from 10.0.0.9", "trigger", "demo.job", ""),
                new(world.Clock.WallMs, "admin from 10.0.0.9", "kill", "demo.job", started.TaskId),
                new(world.Clock.WallMs, "reload", "reload", "", "1 added, 0 removed, 0 changed, 1 as before"),
                new(world.Clock.WallMs, "reload", "refuse", "", "jobs.yaml:1:1: error: it is empty"),
            ],
            world.Store.Audit);
    }
}
