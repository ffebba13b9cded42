using Qschedd.Engine;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

/// <summary>When operators are told something of a job, and when they are not told again.</summary>
public class AlertingTests
{
    private const AlertKinds FirstFailure = AlertKinds.Failed | AlertKinds.Threshold;

    private static readonly AlertRule Rule = new(new WebhookUrl(new Uri("http://alerts.example/hook")), AlertKinds.Default, AlertFormat.Json);

    [Fact]
    public void Failure_IsToldOnce_UntilTheJobIsWellAgain()
    {
        var world = Start();
        Outcomes(world, RunResult.Failed, RunResult.Failed, RunResult.Failed, RunResult.Finished, RunResult.Finished, RunResult.Failed);
        Assert.Equal([FirstFailure, AlertKinds.Recovered, FirstFailure], world.Alerts.Kinds);
        var recovered = world.Alerts.Events[1];
        Assert.Equal((3, 0, EngineWorld.StartMs + 1_000, FirstFailure), (recovered.Failures, recovered.FailuresInRow, recovered.SinceMs, recovered.Closes));
        Assert.Equal((3, 2), (world.Core.Counters.AlertsRaised, world.Core.Counters.AlertsHeldBack));
    }

    [Fact]
    public void Event_SaysWhichTaskAndWhen_OfAFailure()
    {
        var world = Start();
        Outcomes(world, RunResult.Failed);
        var told = Assert.Single(world.Alerts.Events);
        var task = world.Store.Tasks[1];
        Assert.Equal(task.Id, told.Id);
        Assert.Equal(task with { Parameter = null, Output = null }, told.Task);
        Assert.Equal((TaskState.Failed, "outcome 1"), (told.Task!.State, told.Task.Message));
        Assert.Equal((world.Clock.WallMs, TimeSpan.FromHours(8), 1), (told.AtMs, told.UtcOffset, told.FailuresInRow));
    }

    [Fact]
    public void Threshold_IsTold_AtTheNthFailureInARow()
    {
        var world = Start(j => j with { ConsecutiveFailTimesAlertThreshold = 3 });
        Outcomes(world, RunResult.Failed, RunResult.Failed);
        Assert.Equal([AlertKinds.Failed], world.Alerts.Kinds);
        Outcomes(world, RunResult.Failed, RunResult.Failed);
        Assert.Equal([AlertKinds.Failed, AlertKinds.Threshold], world.Alerts.Kinds);
        Assert.Equal(3, world.Alerts.Events[1].FailuresInRow);
    }

    [Fact]
    public void Recovery_ClosesOnlyWhatWasOpen_WhenTheThresholdWasNotReached()
    {
        var world = Start(j => j with { ConsecutiveFailTimesAlertThreshold = 3 });
        Outcomes(world, RunResult.Finished, RunResult.Failed, RunResult.Finished);
        Assert.Equal([AlertKinds.Failed, AlertKinds.Recovered], world.Alerts.Kinds);
        Assert.Equal(AlertKinds.Failed, world.Alerts.Events[1].Closes);
    }

    [Theory]
    [InlineData(RunResult.NotDelivered, TaskState.NoWorker, FirstFailure | AlertKinds.NoWorker)]
    [InlineData(RunResult.QueueFull, TaskState.QueueFull, FirstFailure)]
    [InlineData(RunResult.Unknown, TaskState.Unknown, FirstFailure)]
    internal void EveryBadEnd_IsAFailure_AndOneWithoutWorkerMore(RunResult result, TaskState state, AlertKinds kinds)
    {
        var world = Start();
        Outcomes(world, result);
        var told = Assert.Single(world.Alerts.Events);
        Assert.Equal((kinds, state), (told.Kinds, told.Task!.State));
    }

    [Fact]
    public void AnotherKind_IsToldToo_WhileTheFirstIsOpen()
    {
        var world = Start();
        Outcomes(world, RunResult.Failed, RunResult.NotDelivered, RunResult.NotDelivered);
        Assert.Equal([FirstFailure, AlertKinds.NoWorker], world.Alerts.Kinds);
    }

    [Fact]
    public void JobWithoutWorkers_IsTold_WhenItsFireFindsNobody()
    {
        var world = Start(j => j with { Workers = [], App = Samples.App([]) });
        world.Run(1);
        var told = Assert.Single(world.Alerts.Events);
        Assert.Equal((FirstFailure | AlertKinds.NoWorker, TaskState.NoWorker), (told.Kinds, told.Task!.State));
    }

    [Fact]
    public void RefusedStart_IsNotTold_WhenTheStoreDidNotKeepIt()
    {
        var world = Start(j => j with { Workers = [], App = Samples.App([]), Triggers = [] });
        world.Store.Fault = new IOException("disk full");
        var answer = world.Ask<TriggerResult>(a => world.Core.Commands.Trigger("demo.job", null, "test", new StartCall(a)));
        Assert.Equal(CommandResult.Unavailable, answer.Result);
        Assert.Empty(world.Alerts.Events);
    }

    [Fact]
    public void Retries_AreNotTold_OnlyTheLastAttemptIs()
    {
        var retry = new RetryPolicy(3, TimeSpan.FromSeconds(10), 1, TimeSpan.FromSeconds(10));
        var world = Start(j => j with { Retry = retry, Triggers = [new Trigger(11, "0 * * * * ?", "UTC", null)] });
        world.Link.Answer = _ => new RunOutcome(RunResult.Failed);
        world.Run(79);
        Assert.Equal((2, 0), (world.Link.Requests.Count, world.Alerts.Events.Count));
        world.Run(1);
        Assert.Equal((3, 3), (world.Link.Requests.Count, Assert.Single(world.Alerts.Events).Task!.Attempt));
    }

    [Fact]
    public void Kill_IsNoFailure_AndNoRecovery()
    {
        var world = Start(j => j with { Triggers = [] });
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        string id = Trigger(world);
        Report(world, id, TaskState.Failed);
        string killed = Trigger(world);
        world.Ask<CommandResult>(a => world.Core.Commands.Kill(killed, "test", a));
        Report(world, killed, TaskState.Failed);
        Assert.Equal([FirstFailure], world.Alerts.Kinds);
        Assert.Equal(0, world.Core.Counters.AlertsHeldBack);
    }

    [Fact]
    public void IgnoredFire_ChangesNothing_WhileAnAlertIsOpen()
    {
        var world = Start();
        world.Link.Answer = r => r.TaskId.EndsWith(".1") ? new RunOutcome(RunResult.Failed) : null;
        world.Run(5);
        Assert.Contains(world.Store.Tasks.Values, t => t.State == TaskState.Ignored);
        Assert.Equal([FirstFailure], world.Alerts.Kinds);
    }

    [Fact]
    public void Timeout_IsToldOnce_UntilARunKeepsIt()
    {
        var world = Start(j => j with { Timeout = TimeSpan.FromSeconds(10), Triggers = [new Trigger(11, "0 * * * * ?", "UTC", null)] });
        world.Link.Answer = _ => null;
        for (int i = 0; i < 3; i++)
        {
            world.Run(i == 0 ? 75 : 60); // 15 s after the fire
            world.Link.Complete(RunResult.Finished);
        }
        var told = Assert.Single(world.Alerts.Events);
        Assert.Equal((AlertKinds.Timeout, TimeSpan.FromSeconds(10), false), (told.Kinds, told.Limit, told.IsKilled));
        Assert.Equal((TaskState.Starting, EngineWorld.StartMs + 70_000), (told.Task!.State, told.AtMs));
        world.Run(50);
        world.Link.Complete(RunResult.Finished);
        world.Settle();
        Assert.Equal([AlertKinds.Timeout, AlertKinds.Recovered], world.Alerts.Kinds);
        Assert.Equal((3, 0, AlertKinds.Timeout), (world.Alerts.Events[1].Timeouts, world.Alerts.Events[1].Failures, world.Alerts.Events[1].Closes));
    }

    [Fact]
    public void KillAfter_IsToldAsATimeout_OnceOfATask()
    {
        var world = Start(j => j with { KillAfter = TimeSpan.FromSeconds(20), Triggers = [] });
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        Trigger(world);
        world.Run(120);
        var told = Assert.Single(world.Alerts.Events);
        Assert.Equal((AlertKinds.Timeout, TimeSpan.FromSeconds(20), true), (told.Kinds, told.Limit, told.IsKilled));
        Assert.Equal(0, world.Core.Counters.AlertsHeldBack);
    }

    [Fact]
    public void TimeoutThenKillAfter_AreToldAsOne_OfTheSameTask()
    {
        var world = Start(j => j with { Timeout = TimeSpan.FromSeconds(10), KillAfter = TimeSpan.FromSeconds(20), Triggers = [] });
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        Trigger(world);
        world.Run(120);
        Assert.Equal(TimeSpan.FromSeconds(10), Assert.Single(world.Alerts.Events).Limit);
        Assert.Equal(0, world.Core.Counters.AlertsHeldBack);
    }

    [Theory]
    [InlineData(RecoverPolicy.Discard, false)]
    [InlineData(RecoverPolicy.Retry, true)]
    internal void MissedFires_AreTold_WithTheirNumberAndTheLatest(RecoverPolicy recover, bool isMadeUp)
    {
        var world = Start(j => j with { Recover = recover, Triggers = [new Trigger(11, "0 * * * * ?", "UTC", null)] });
        world.Run(60);
        world.Advance(TimeSpan.FromSeconds(600));
        var told = Assert.Single(world.Alerts.Events);
        Assert.Equal((AlertKinds.Misfire, 8, isMadeUp), (told.Kinds, told.Missed, told.IsMadeUp));
        Assert.Equal((EngineWorld.StartMs + 540_000, null), (told.MissedMs, told.Task));
    }

    [Fact]
    public void MissedFires_AreToldAgain_OnlyAfterAFireInTime()
    {
        var world = Start(j => j with { Triggers = [new Trigger(11, "0 0 * * * ?", "UTC", null)] });
        world.Advance(TimeSpan.FromMinutes(90));
        world.Advance(TimeSpan.FromMinutes(60));
        Assert.Equal([AlertKinds.Misfire], world.Alerts.Kinds);
        world.Advance(TimeSpan.FromMinutes(30));
        world.Advance(TimeSpan.FromMinutes(90));
        Assert.Equal([AlertKinds.Misfire, AlertKinds.Misfire], world.Alerts.Kinds);
    }

    [Fact]
    public void OlderTask_DoesNotCloseTheAlert_WhenItEndsWellAfterANewerOneFailed()
    {
        var world = Start(j => j with { Overlap = OverlapPolicy.Allow, Triggers = [] });
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        string older = Trigger(world), newer = Trigger(world), newest = Trigger(world);
        Report(world, newer, TaskState.Failed);
        Report(world, older, TaskState.Finished);
        Assert.Equal([FirstFailure], world.Alerts.Kinds);
        Report(world, newest, TaskState.Finished);
        Assert.Equal([FirstFailure, AlertKinds.Recovered], world.Alerts.Kinds);
    }

    [Theory]
    [InlineData("10.1.0.1:20010")]
    [InlineData("10.1.0.2:20010")]
    public void Broadcast_IsWellAgain_WhenAllOfOneFireEndWell(string broken)
    {
        var world = Start(j => j with { LoadBalance = LoadBalance.Broadcast, Overlap = OverlapPolicy.Allow });
        world.Link.Answer = r => new RunOutcome(r.Worker == broken ? RunResult.Failed : RunResult.Finished);
        world.Run(10);
        Assert.Equal([FirstFailure], world.Alerts.Kinds);
        world.Link.Answer = _ => new RunOutcome(RunResult.Finished);
        world.Run(5);
        Assert.Equal([FirstFailure, AlertKinds.Recovered], world.Alerts.Kinds);
        Assert.Equal(10, world.Alerts.Events[1].Failures);
    }

    [Fact]
    public void OpenAlert_OutlivesARestart_AndIsClosedAfterIt()
    {
        var job = Job(j => j with { ConsecutiveFailTimesAlertThreshold = 2 });
        var world = new EngineWorld().Start(job);
        Outcomes(world, RunResult.Failed, RunResult.Failed);
        Assert.Equal([AlertKinds.Failed, AlertKinds.Threshold], world.Alerts.Kinds);

        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs).Start(job);
        Outcomes(next, RunResult.Failed);
        Assert.Empty(next.Alerts.Events);
        Outcomes(next, RunResult.Finished);
        var recovered = Assert.Single(next.Alerts.Events);
        Assert.Equal((AlertKinds.Recovered, 3, null), (recovered.Kinds, recovered.Failures, recovered.SinceMs));
    }

    [Fact]
    public void OpenAlert_IsToldAnew_WhenTheRestartBroughtAnotherDefinition()
    {
        var world = Start();
        Outcomes(world, RunResult.Failed);
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs).Start(Job(j => j with { DefinitionHash = 2 }));
        Outcomes(next, RunResult.Failed);
        Assert.Equal([FirstFailure], next.Alerts.Kinds);
    }

    [Fact]
    public void NothingIsRaised_OfAJobWithoutRules()
    {
        var world = Start(j => j with { Alerts = [], Timeout = TimeSpan.FromSeconds(1) });
        Outcomes(world, RunResult.Failed, RunResult.Finished);
        world.Advance(TimeSpan.FromMinutes(10));
        Assert.Empty(world.Alerts.Events);
        Assert.Null(world.Job("demo.job").OpenAlerts);
    }

    private static Job Job(Func<Job, Job>? change = null) => (change ?? (j => j))(Samples.Job() with { Alerts = [Rule] });

    private static EngineWorld Start(Func<Job, Job>? change = null) => new EngineWorld().Start(Job(change));

    /// <summary>One fire a second, each with its outcome.</summary>
    private static void Outcomes(EngineWorld world, params RunResult[] results)
    {
        for (int i = 0; i < results.Length; i++)
        {
            var outcome = new RunOutcome(results[i], $"outcome {i + 1}");
            world.Link.Answer = _ => outcome;
            world.Run(1);
        }
    }

    private static string Trigger(EngineWorld world) =>
        world.Ask<TriggerResult>(a => world.Core.Commands.Trigger("demo.job", null, "test", new StartCall(a))).TaskId!;

    private static void Report(EngineWorld world, string id, TaskState state)
    {
        world.Core.Reports.Take(new TaskReport(id, state, null, null));
        world.Settle();
    }
}
