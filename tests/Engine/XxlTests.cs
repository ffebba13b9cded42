using Qschedd.Engine;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

/// <summary>What is the engine's part in living with executors of XXL-JOB.</summary>
public class XxlTests
{
    private const string Hourly = "0 0 * * * ?";
    private static readonly RetryPolicy Twice = new(2, TimeSpan.FromSeconds(10), 1, TimeSpan.FromSeconds(10));

    private static Job XxlJob(string cron = Hourly)
    {
        Job job = Samples.Job(cron: cron);
        return job with { App = job.App with { Protocol = WorkerProtocol.XxlJob } };
    }

    /// <summary>One task, taken by an executor.</summary>
    private static EngineWorld Accepted(Job job)
    {
        var world = new EngineWorld().Start(job);
        world.XxlLink.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(3_600);
        return world;
    }

    private static void Report(EngineWorld world, TaskState state, int? attempt = 1, string message = "said so", long seq = 1)
    {
        world.Core.Reports.Take(new TaskReport(world.Store.Tasks[seq].Id, state, message, null, attempt));
        world.Settle();
    }

    private static void Kill(EngineWorld world) => world.Ask<CommandResult>(a => world.Core.Commands.Kill(world.Store.Tasks[1].Id, "test", a));

    private static (TaskState State, string? Message) TaskOf(EngineWorld world) => (world.Store.Tasks[1].State, world.Store.Tasks[1].Message);

    [Fact]
    public void Run_AndKill_GoByTheJobsProtocol_WithTheNumbersOfJobAndTask()
    {
        Job job = Samples.Job(cron: Hourly) with { Protocol = WorkerProtocol.XxlJob };
        Assert.Equal(WorkerProtocol.Qschedule, job.App.Protocol);
        var world = Accepted(job);
        Kill(world);
        var run = Assert.Single(world.XxlLink.Requests);
        int jobId = world.Job("demo.job").Id;
        Assert.Equal((1L, jobId, 1, false), (run.TaskSeq, run.JobId, run.FirstAttempt, run.IsResend));
        Assert.Equal(jobId, Assert.Single(world.XxlLink.Kills).JobId);
        Assert.Empty(world.Link.Requests);
        Assert.Empty(world.Link.Kills);
    }

    [Fact]
    public void JobId_IsTheSame_AfterARestartAndAReorder()
    {
        var world = new EngineWorld().Start(XxlJob(), Samples.Job("other", Hourly));
        int id = world.Job("demo.job").Id;
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs).Start(Samples.Job("new.first", Hourly), XxlJob());
        Assert.Equal(id, next.Job("demo.job").Id);
        Assert.NotEqual(id, next.Job("new.first").Id);
    }

    [Theory]
    [InlineData(TaskState.Finished)]
    [InlineData(TaskState.Failed)]
    [InlineData(TaskState.QueueFull)]
    [InlineData(TaskState.Ignored)]
    internal void KilledTask_EndsAsKilled_WhateverTheCallbackSays(TaskState state)
    {
        var world = Accepted(XxlJob() with { Retry = Twice });
        Kill(world);
        Report(world, state);
        Assert.Equal((TaskState.Failed, "killed: test"), TaskOf(world));
        Assert.Equal(0, world.Job("demo.job").Status.FailuresInRow);
        Assert.Single(world.XxlLink.Requests);
    }

    [Fact]
    public void KilledTask_EndsAsKilled_WhenTheCallbackComesBeforeTheAnswerToTheKill()
    {
        var world = Accepted(XxlJob());
        world.XxlLink.KillAnswer = _ =>
        {
            Report(world, TaskState.Finished);
            return new KillOutcome(true);
        };
        Kill(world);
        Assert.Equal((TaskState.Failed, "killed: test"), TaskOf(world));
    }

    [Fact]
    public void KilledTask_OfANativeWorker_MayHaveFinishedFirst()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Hourly));
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(3_600);
        Kill(world);
        Report(world, TaskState.Finished, attempt: null);
        Assert.Equal(TaskState.Finished, TaskOf(world).State);
    }

    [Fact]
    public void KillThatIsNeverTaken_LeavesTheEndUnknown()
    {
        var world = Accepted(XxlJob());
        world.XxlLink.KillAnswer = _ => new KillOutcome(false, "the executor says: no");
        Kill(world);
        world.Run(70);
        Assert.Equal(TaskState.Unknown, TaskOf(world).State);
        Assert.Equal(12, world.XxlLink.Kills.Count);
    }

    [Fact]
    public void KillThatIsTaken_EndsTheTask_WhenNoCallbackFollows()
    {
        var world = Accepted(XxlJob());
        Kill(world);
        world.Run(20);
        Assert.Equal(TaskState.Failed, TaskOf(world).State);
        Assert.Contains("reported no end", TaskOf(world).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RefusalAsBusy_EndsTheTaskAsIgnored_AndIsNoFailure()
    {
        var world = new EngineWorld().Start(XxlJob() with { Retry = Twice });
        world.XxlLink.Answer = _ => new RunOutcome(RunResult.Ignored, "block strategy effect：Discard Later");
        world.Run(3_700);
        Assert.Equal((TaskState.Ignored, "block strategy effect：Discard Later"), TaskOf(world));
        Assert.Equal(0, world.Job("demo.job").Status.FailuresInRow);
        Assert.Single(world.XxlLink.Requests);
        Assert.Equal(0, world.Job("demo.job").Status.Running);
    }

    [Theory]
    [InlineData(TaskState.Ignored)]
    [InlineData(TaskState.QueueFull)]
    [InlineData(TaskState.Finished)]
    internal void Callback_DecidesTheState_AndNoOtherExecutorIsTried(TaskState state)
    {
        var world = Accepted(XxlJob());
        Report(world, state);
        Assert.Equal((state, "said so"), TaskOf(world));
        Assert.Single(world.XxlLink.Requests);
    }

    [Fact]
    public void CallbackBeforeTheAnswer_EndsTheTask_AndTheAnswerChangesNothing()
    {
        var world = new EngineWorld().Start(XxlJob());
        world.XxlLink.Answer = _ => null;
        world.Run(3_600);
        Report(world, TaskState.Finished);
        world.XxlLink.Complete(RunResult.Accepted);
        world.Settle();
        Assert.Equal(TaskState.Finished, TaskOf(world).State);
    }

    [Fact]
    public void RefusalByCallbackBeforeTheAnswer_IsFollowedByTheNextAttempt_WhichTheLateAnswerDoesNotTouch()
    {
        var world = new EngineWorld().Start(XxlJob() with { Retry = Twice });
        world.XxlLink.Answer = _ => null;
        world.Run(3_600);
        Report(world, TaskState.Failed);
        world.XxlLink.Complete(RunResult.Accepted);
        world.Settle();
        Assert.Equal(TaskState.Starting, TaskOf(world).State); // between its attempts, not running
        world.Run(11);
        Assert.Equal([1, 2], world.XxlLink.Requests.Select(r => r.FirstAttempt));
        world.XxlLink.Complete(RunResult.Accepted);
        world.Settle();
        Report(world, TaskState.Finished, attempt: 2);
        Assert.Equal(TaskState.Finished, TaskOf(world).State);
    }

    [Fact]
    public void RepeatedCallback_IsNotTakenForTheEndOfTheNextAttempt()
    {
        var world = Accepted(XxlJob() with { Retry = Twice });
        Report(world, TaskState.Failed);
        Report(world, TaskState.Failed); // in the pause
        world.Run(11);
        Assert.Equal(2, world.XxlLink.Requests.Count);
        Report(world, TaskState.Failed); // while the second runs
        Assert.Equal(TaskState.Started, TaskOf(world).State);
        Report(world, TaskState.Finished, attempt: 2);
        Report(world, TaskState.Failed, attempt: 2);
        Assert.Equal(TaskState.Finished, TaskOf(world).State);
    }

    [Fact]
    public void RepeatedCallback_IsNotTakenForTheEndOfTheNextAttempt_AfterARestartEither()
    {
        Job job = XxlJob() with { Retry = Twice };
        var world = Accepted(job);
        Report(world, TaskState.Failed);
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs) { XxlLink = { Answer = _ => new RunOutcome(RunResult.Accepted) } }.Start(job);
        next.Run(1);
        Assert.Equal((2, 1L), (next.XxlLink.Requests.Single().FirstAttempt, next.XxlLink.Requests.Single().TaskSeq));
        Report(next, TaskState.Failed);
        Assert.Equal(TaskState.Started, TaskOf(next).State);
        Report(next, TaskState.Finished, attempt: 2);
        Assert.Equal(TaskState.Finished, TaskOf(next).State);
    }

    [Fact]
    public void RunSentAgain_IsTheSameRun_AndItsCallbackLands()
    {
        var world = new EngineWorld().Start(XxlJob() with { Recover = RecoverPolicy.Retry });
        world.XxlLink.Answer = r => new RunOutcome(r.IsResend ? RunResult.Accepted : RunResult.Unknown);
        world.Run(3_602);
        Assert.Equal([(1, false, 1), (1, true, 2)], world.XxlLink.Requests.Select(r => (r.FirstAttempt, r.IsResend, r.Attempt)));
        Report(world, TaskState.Finished);
        Assert.Equal(TaskState.Finished, TaskOf(world).State);
    }

    [Fact]
    public void RunSentAgain_IsNoResend_ToTheNextExecutor()
    {
        var world = new EngineWorld().Start(XxlJob() with { Recover = RecoverPolicy.Retry });
        world.XxlLink.Answer = r => new RunOutcome(r.Worker == "10.1.0.2:20010" ? RunResult.Accepted : r.IsResend ? RunResult.NotDelivered : RunResult.Unknown);
        world.Run(3_602);
        Assert.Equal([false, true, false], world.XxlLink.Requests.Select(r => r.IsResend));
    }

    [Fact]
    public void AcceptedTask_GoesOnOverARestart_AndItsLateCallbackLands()
    {
        var world = Accepted(XxlJob());
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs + 5_000).Start(XxlJob());
        Assert.Equal("demo.job", next.Core.Tasks.Find(1)!.Job.Job.Name);
        Report(next, TaskState.Finished);
        Assert.Equal(TaskState.Finished, TaskOf(next).State);
        Assert.Null(next.Core.Tasks.Find(1));
        Assert.Empty(next.XxlLink.Requests);
    }

    [Fact]
    public void RegisteredExecutor_TakesItsTasks_AndItsHostIsBusy_WhileItIsHeard()
    {
        Job job = XxlJob() with { Workers = [] };
        var world = new EngineWorld().Start(job);
        world.XxlLink.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(3_590);
        Register(world, "http://10.2.0.7:9999/job");
        world.Run(10);
        Assert.Equal("http://10.2.0.7:9999/job", Assert.Single(world.XxlLink.Requests).Worker);
        Assert.Single(world.Core.Tasks.JobsOn(w => new HostName("10.2.0.7", []).Fits(w)));
        Assert.Empty(world.Core.Tasks.JobsOn(w => new HostName("10.2.0.70", []).Fits(w)));
        Report(world, TaskState.Finished);
        world.Run(3_600); // not heard for longer than workerTtl
        Assert.Equal(TaskState.NoWorker, world.Store.Tasks[2].State);
    }

    [Fact]
    public void Registration_ServesOnlyTheJobsOfTheAppsProtocol_UnlessItNamesThem()
    {
        Job xxl = XxlJob() with { Workers = [] };
        Job native = xxl with { Name = "demo.native", Protocol = WorkerProtocol.Qschedule };
        var world = new EngineWorld().Start(xxl, native);
        Register(world, "10.2.0.7:9999");
        Assert.Single(world.Core.Workers.Of(world.Job("demo.job")));
        Assert.Empty(world.Core.Workers.Of(world.Job("demo.native")));
        Register(world, "10.2.0.8:20010", "demo.native");
        Assert.Equal("10.2.0.8:20010", Assert.Single(world.Core.Workers.Of(world.Job("demo.native"))).State.Address);
        Assert.Single(world.Core.Workers.Of(world.Job("demo.job")));
    }

    private static void Register(EngineWorld world, string address, params string[] jobs) => world.Ask<CommandResult>(a =>
        world.Core.Commands.Register(new RegistrationRow("demo", address, Worker.HostOf(address), jobs.Length == 0 ? null : jobs, 0), a));
}
