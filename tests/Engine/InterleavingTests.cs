using Microsoft.Extensions.Logging.Abstractions;
using Qschedd.Engine;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Tests.Storage;

namespace Qschedd.Tests.Engine;

public class InterleavingTests
{
    private const string Hourly = "0 0 * * * ?";
    private const string Minutely = "0 * * * * ?";
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static EngineWorld Restart(Job job, Func<RunRequest, RunOutcome?> answer, Action<EngineWorld>? before = null, int downSeconds = 5)
    {
        var world = new EngineWorld().Start(job);
        world.Link.Answer = world.Local.Answer = answer;
        world.Run(3_600);
        before?.Invoke(world);
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs + downSeconds * 1000);
        next.LiveProcesses.UnionWith(world.LiveProcesses);
        return next.Start(job);
    }

    private static void Reload(EngineWorld world, params Job[] jobs)
    {
        world.Core.Apply(world.Core.Jobs.Compare(Samples.Catalog(Samples.Server(), jobs)));
        world.Settle();
    }

    private static bool Shows(EngineWorld world, string host)
    {
        var name = new HostName(host, ["daemon.example"]);
        return world.Core.Tasks.JobsOn(w => w == world.Core.Workers.Local ? name.IsOwn : name.Fits(w)).Count > 0;
    }

    private static void Report(EngineWorld world, long seq, TaskState state)
    {
        world.Core.Reports.Take(new TaskReport(world.Store.Tasks[seq].Id, state, "report", null));
        world.Settle();
    }

    [Fact]
    public void FirstStep_WithAFireDue_OnSqlite()
    {
        using var folder = new StoreFolder();
        using var store = folder.Open();
        var clock = new LoopClock { WallMs = EngineWorld.StartMs + 950, MonotonicMs = 1_000_000 };
        var posted = new System.Collections.Concurrent.ConcurrentQueue<Action>();
        var link = new ScriptedLink();
        var options = new EngineOptions
        {
            ServerIp = "10.0.0.5", ProcessId = 42, HostNames = ["daemon.example"],
            RemoteLinks = new Dictionary<WorkerProtocol, IWorkerLink> { [WorkerProtocol.Qschedule] = link },
            LocalLink = link, IsProcessAlive = _ => false, Offload = static work => work(),
        };
        var core = new EngineCore(store, Samples.Catalog(Samples.Server(), Samples.Job()), options, clock, posted.Enqueue, new Random(7), NullLogger.Instance);
        for (int i = 0; i < 20; i++)
        {
            clock.WallMs += 500; clock.MonotonicMs += 500;
            while (posted.TryDequeue(out var m)) m();
            core.Step();
            Thread.Sleep(20);
        }
        Assert.Null(core.Journal.Trouble);
        Assert.NotEmpty(link.Requests);
    }

    [Fact]
    public void CheckByHostName_AfterRestart()
    {
        var next = Restart(Samples.Job(cron: Hourly), _ => new RunOutcome(RunResult.Accepted));
        Assert.True(Shows(next, "10.1.0.1"));
        Assert.True(Shows(next, "w1.example"), "check by host name is empty although the task runs there");
    }

    [Fact]
    public void CheckByRegisteredName()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Minutely, workers: [new("10.1.0.1:20010", "10.1.0.1:20010")]));
        world.Ask<CommandResult>(a => world.Core.Commands.Register(new RegistrationRow("demo", "10.1.0.1:20010", "l-pay.dev", null, 1), a));
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(60);
        Assert.True(Shows(world, "l-pay.dev"));
    }

    [Fact]
    public void BroadcastReplace_SendsAllShards()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Minutely) with { LoadBalance = LoadBalance.Broadcast, Overlap = OverlapPolicy.Replace });
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(60);
        Assert.Equal(2, world.Link.Requests.Count);
        world.Run(60);
        Report(world, 1, TaskState.Failed);
        Report(world, 2, TaskState.Failed);
        world.Run(30);
        Assert.Equal(4, world.Link.Requests.Count);
    }

    [Fact]
    public void RepeatedFailureReport_DuringPause_ChangesNothing()
    {
        var job = Samples.Job(cron: Hourly) with { Retry = new RetryPolicy(2, TimeSpan.FromSeconds(30), 1, TimeSpan.FromSeconds(30)) };
        var world = new EngineWorld().Start(job);
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(3_600);
        Report(world, 1, TaskState.Failed);
        Report(world, 1, TaskState.Failed); // repeated: its answer was lost
        Assert.Equal(TaskState.Starting, world.Store.Tasks[1].State);
    }

    [Fact]
    public void FailureReportBeforeAnswer_CountsOnce()
    {
        var job = Samples.Job(cron: Hourly) with { Retry = new RetryPolicy(2, TimeSpan.FromSeconds(30), 1, TimeSpan.FromSeconds(30)) };
        var world = new EngineWorld().Start(job);
        world.Link.Answer = _ => null;
        world.Run(3_600);
        Report(world, 1, TaskState.Failed);
        world.Link.Complete(RunResult.Unknown, "reset after the report");
        world.Settle();
        Assert.Equal(TaskState.Starting, world.Store.Tasks[1].State);
    }

    [Fact]
    public void HeartbeatInPause_ThenKill()
    {
        var job = Samples.Job(cron: Hourly) with { Retry = new RetryPolicy(2, TimeSpan.FromSeconds(30), 1, TimeSpan.FromSeconds(30)) };
        var world = new EngineWorld().Start(job);
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(3_600);
        Report(world, 1, TaskState.Failed);
        Report(world, 1, TaskState.Started); // a heartbeat that was overtaken
        world.Ask<CommandResult>(a => world.Core.Commands.Kill(world.Store.Tasks[1].Id, "me", a));
    }

    [Fact]
    public void KillOfTaskInDoubt_AfterRestart_AsksTheWorker()
    {
        var next = Restart(Samples.Job(cron: Hourly), _ => null);
        next.Ask<CommandResult>(a => next.Core.Commands.Kill(next.Store.Tasks[1].Id, "me", a));
        Assert.NotEmpty(next.Link.Kills);
    }

    [Fact]
    public void KillInDoubtPause_AsksTheWorker()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Hourly) with { Recover = RecoverPolicy.Retry });
        world.Link.Answer = _ => new RunOutcome(RunResult.Unknown, "reset");
        world.Run(3_600);
        world.Ask<CommandResult>(a => world.Core.Commands.Kill(world.Store.Tasks[1].Id, "me", a));
        Assert.NotEmpty(world.Link.Kills);
    }

    [Fact]
    public void KillAfter_HoldsAfterRestart()
    {
        var next = Restart(Samples.Job(cron: Hourly) with { KillAfter = TimeSpan.FromSeconds(60) }, _ => new RunOutcome(RunResult.Accepted));
        next.Run(120);
        Assert.NotEmpty(next.Link.Kills);
    }

    [Fact]
    public void UndoOfTwoRefusedCommands()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Hourly));
        world.Store.Fault = new IOException("disk full");
        var (off, on) = (new TaskCompletionSource<CommandResult>(), new TaskCompletionSource<CommandResult>());
        world.Core.Commands.SetEnabled(["demo.job"], false, "a", off);
        world.Core.Commands.SetEnabled(["demo.job"], true, "b", on);
        world.Settle();
        world.Store.Fault = null;
        world.Run(2);
        Assert.Equal((CommandResult.Unavailable, CommandResult.Unavailable), (EngineWorld.Answer(off.Task), EngineWorld.Answer(on.Task)));
        Assert.True(world.Job("demo.job").Enabled, "both refused, yet the job is off");
    }

    [Fact]
    public void UndoOfTwoRefusedWorkerCommands()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Hourly));
        world.Store.Fault = new IOException("disk full");
        var (off, on) = (new TaskCompletionSource<CommandResult>(), new TaskCompletionSource<CommandResult>());
        world.Core.Commands.SetWorkers("demo.job", [new("10.1.0.1:20010", false)], "a", off);
        world.Core.Commands.SetWorkers("demo.job", [new("10.1.0.1:20010", true)], "b", on);
        world.Settle();
        world.Store.Fault = null;
        world.Run(2);
        Assert.Equal((CommandResult.Unavailable, CommandResult.Unavailable), (EngineWorld.Answer(off.Task), EngineWorld.Answer(on.Task)));
        Assert.True(world.Core.Workers.Of(world.Job("demo.job"))[0].Online);
    }

    [Fact]
    public void SecondOffline_IsNotDone_WhenTheFirstIsTakenBack()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Hourly));
        world.Store.IsHeld = true;
        var (first, second) = (new TaskCompletionSource<CommandResult>(), new TaskCompletionSource<CommandResult>());
        world.Core.Commands.SetWorkers("demo.job", [new("10.1.0.1:20010", false)], "a", first);
        world.Settle(); // under way
        world.Core.Commands.SetWorkers("demo.job", [new("10.1.0.1:20010", false)], "b", second);
        world.Store.Fault = new IOException("busy");
        world.Store.IsHeld = false;
        world.Store.Complete();
        world.Store.Fault = null;
        world.Settle();
        world.Run(2);
        Assert.Equal(CommandResult.Unavailable, EngineWorld.Answer(first.Task));
        Assert.True(EngineWorld.Answer(second.Task) != CommandResult.Done || !world.Core.Workers.Of(world.Job("demo.job"))[0].Online,
            "told Done, and the worker is online");
    }

    [Fact]
    public void ReplaceDoesNotKill_WhenItsOwnRecordIsRefused()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Hourly) with { Overlap = OverlapPolicy.Replace });
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(3_600);
        world.Store.Fault = new IOException("disk full");
        var answer = new TaskCompletionSource<TriggerResult>();
        world.Core.Commands.Trigger("demo.job", null, "me", answer);
        world.Settle();
        Assert.Equal(CommandResult.Unavailable, EngineWorld.Answer(answer.Task).Result);
        Assert.Empty(world.Link.Kills);
    }

    [Fact]
    public void IsQuiet_IsFalse_WhileARecordIsUnderWay()
    {
        var world = new EngineWorld().Start(Samples.Job());
        world.Link.Answer = _ => null;
        world.Store.IsHeld = true;
        world.Run(1);
        world.Core.Close();
        bool quiet = world.Core.IsQuiet;
        world.Store.IsHeld = false;
        world.Settle();
        Assert.False(quiet && world.Link.Requests.Count > 0, "quiet, and then a request went out");
    }

    [Fact]
    public void OrphanTask_WhenItsJobComesBackByReload()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Minutely), Samples.Job("other", null));
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(60);
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs + 1000).Start(Samples.Job("other", null));
        next.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        Reload(next, Samples.Job(cron: Minutely), Samples.Job("other", null));
        next.Run(120);
        Assert.Empty(next.Link.Requests); // overlap skip: the first still runs
    }

    [Fact]
    public void ReturningJob_DoesNotCatchUp_AfterRestart()
    {
        var job = Samples.Job(cron: Hourly) with { Recover = RecoverPolicy.Retry };
        var world = new EngineWorld().Start(job, Samples.Job("other", null));
        world.Run(3_600);
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs + 1000).Start(Samples.Job("other", null));
        next.Advance(TimeSpan.FromHours(5.5));
        Reload(next, job, Samples.Job("other", null));
        next.Run(2);
        Assert.Single(next.Store.Of("demo.job"));
    }

    [Fact]
    public void ForwardClockStep_DoesNotSilenceRegisteredWorkers()
    {
        var job = Samples.Job(cron: Minutely, workers: []);
        var world = new EngineWorld().Start(job);
        world.Ask<CommandResult>(a => world.Core.Commands.Register(new RegistrationRow("demo", "10.1.0.1:20010", "w1", null, 1), a));
        world.Run(50);
        world.Clock.WallMs += 3_600_000;
        world.Settle();
        world.Run(10);
        Assert.DoesNotContain(world.Store.Tasks.Values, t => t.State == TaskState.NoWorker);
    }

    [Fact]
    public void LocalUnknownOutcome_EndsTheTask()
    {
        var world = new EngineWorld().Start(Samples.LocalJob(cron: Hourly));
        world.Local.Answer = _ => null;
        world.Run(3_600);
        world.Local.Start("77:1");
        world.Settle();
        world.Local.Complete(RunResult.Unknown, "no exit status");
        world.Run(90_000);
        Assert.NotEqual(TaskState.Started, world.Store.Tasks[1].State);
    }

    [Fact]
    public void Resend_StaysWithItsWorker_WhenThatGoesOffline()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Hourly) with { Recover = RecoverPolicy.Retry });
        world.Link.Answer = r => new RunOutcome(r.Attempt == 1 ? RunResult.Unknown : RunResult.Finished);
        world.Run(3_600);
        world.Ask<CommandResult>(a => world.Core.Commands.SetWorkers("demo.job", [new("10.1.0.1:20010", false)], "me", a));
        world.Run(5);
        Assert.DoesNotContain(world.Link.Requests, r => r.Worker == "10.1.0.2:20010");
    }

    [Fact]
    public void QueueFullReportInDoubtPause_SendsOnce()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Hourly) with { Recover = RecoverPolicy.Retry });
        world.Link.Answer = r => r.Worker == "10.1.0.1:20010" ? new RunOutcome(RunResult.Unknown) : null;
        world.Run(3_600);
        Report(world, 1, TaskState.QueueFull);
        world.Run(5);
        Assert.Equal(["10.1.0.1:20010", "10.1.0.2:20010"], world.Link.Requests.Select(r => r.Worker));
    }

    [Fact]
    public void RecoveredRunningTask_IsShownOnItsJob()
    {
        var next = Restart(Samples.Job(cron: Hourly), _ => new RunOutcome(RunResult.Accepted));
        Assert.Equal(TaskState.Started, next.Job("demo.job").Status.LastState);
    }

    [Fact]
    public void Pending_IsBounded_WhileTheStoreRefuses()
    {
        var world = new EngineWorld().Start(new EngineSettings { ChangesMax = 10 }, Samples.Job(cron: Hourly));
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(3_600);
        world.Store.Fault = new IOException("disk full");
        for (int i = 0; i < 1000; i++)
        {
            world.Core.Commands.Report(new TaskReport(world.Store.Tasks[1].Id, TaskState.Started, null, null), new TaskCompletionSource<CommandResult>());
            world.Settle();
        }
        Assert.True(world.Core.Journal.Pending < 100, $"{world.Core.Journal.Pending} changes wait");
    }

    [Fact]
    public void SetWorkers_WithTwoSpellings_Answers()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Hourly));
        world.Ask<CommandResult>(a => world.Core.Commands.SetWorkers("demo.job", [new("w:1", false), new("W:1", true)], "me", a));
    }

    [Fact]
    public void HeldTask_IsNotInDoubt_AfterAGracefulStop()
    {
        var job = Samples.Job(cron: Minutely) with { Overlap = OverlapPolicy.Replace };
        var world = new EngineWorld().Start(job);
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(120);
        world.Core.Close();
        world.Core.EndLocal();
        world.Settle();
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs + 5_000).Start(job);
        next.Run(40);
        Assert.NotEqual(TaskState.Unknown, next.Store.Tasks[2].State);
    }

    [Fact]
    public void OrphanProcess_IsKilled()
    {
        var next = Restart(Samples.LocalJob(cron: Hourly), _ => null, world =>
        {
            world.Local.Start("77:1234");
            world.LiveProcesses.Add("77:1234");
            world.Settle();
        });
        next.Local.KillAnswer = _ => new KillOutcome(false, "no command of this task runs here"); // what LocalLink says of a process it did not start
        next.Ask<CommandResult>(a => next.Core.Commands.Kill(next.Store.Tasks[1].Id, "me", a));
        next.Run(90);
        Assert.True(Shows(next, "daemon.example"), "the process lives, and the host looks free: " + next.Store.Tasks[1].State + " " + next.Store.Tasks[1].Message);
    }

    [Fact]
    public void BroadcastShard_GoesToItsOwnWorkerOnly()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Minutely) with { LoadBalance = LoadBalance.Broadcast });
        world.Link.Answer = r => new RunOutcome(r.Worker == "10.1.0.1:20010" ? RunResult.NotDelivered : RunResult.Finished);
        world.Run(60);
        Assert.Equal(2, world.Link.Requests.Count);
    }

    [Fact]
    public void StoreOutage_LongerThanMisfireThreshold_Discard()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Hourly));
        world.Run(3_590);
        world.Store.Fault = new IOException("disk full");
        world.Run(1_800);
        world.Store.Fault = null;
        world.Run(2);
        Assert.Empty(world.Link.Requests); // half an hour late, recover discard
    }

    [Fact]
    public void MissingLink_DoesNotDrift()
    {
        var job = Samples.Job(cron: Minutely);
        var world = new EngineWorld().Start(job with { App = job.App with { Protocol = WorkerProtocol.XxlJob } });
        try { world.Run(60); } catch (KeyNotFoundException) { }
        Assert.Equal(0, world.Core.Dispatcher.Sends);
    }

    [Fact]
    public void ReloadThatThrows_IsAnswered()
    {
        // the poison of one timer: a handler that throws is called again for ever and stops every later step
        var job = Samples.Job(cron: Hourly) with { Retry = new RetryPolicy(1000, TimeSpan.Zero, 100, TimeSpan.FromHours(1)) };
        var world = new EngineWorld().Start(job, Samples.Job("other", "* * * * * ?"));
        world.Link.Answer = r => new RunOutcome(r.Job.Name == "other" ? RunResult.Finished : RunResult.Failed);
        world.Run(3_600);
        for (int i = 0; i < 400; i++) world.Advance(TimeSpan.FromMilliseconds(2));
        Assert.True(world.Store.Of("demo.job").First().Attempt > 300);
    }

    [Fact]
    public void OperatorsKill_IsNotRunAgain_ByAStop()
    {
        var job = Samples.LocalJob(cron: Hourly) with { Recover = RecoverPolicy.Retry };
        var world = new EngineWorld().Start(job);
        world.Local.Answer = _ => null;
        world.Run(3_600);
        world.Local.Start("77:1");
        world.Settle();
        world.Ask<CommandResult>(a => world.Core.Commands.Kill(world.Store.Tasks[1].Id, "operator", a));
        world.Core.Close();
        world.Core.EndLocal();
        world.Local.Complete(RunResult.Failed, "killed");
        world.Settle();
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs + 5_000).Start(job);
        next.Run(5);
        Assert.Empty(next.Local.Requests);
    }
}
