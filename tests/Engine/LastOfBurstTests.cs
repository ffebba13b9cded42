using Microsoft.Extensions.Logging.Abstractions;
using Qschedd.Engine;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Tests.Engine.Clock;

namespace Qschedd.Tests.Engine;

/// <summary>A burst of fires whose requests are over at once: what goes first, in the loop.</summary>
public sealed class LastOfBurstTests : IDisposable
{
    private const int Step = 200;
    private const int Last = 8_000;

    private readonly ManualAlarm _alarm = new(EngineWorld.StartMs);
    private readonly KeptStore _store = new();
    private readonly ScriptedLink _link = new();
    private readonly EngineLoop _loop;
    private readonly LoopClock _clock = new();
    private EngineCore _core = null!;

    public LastOfBurstTests() => _loop = new EngineLoop(_alarm, _clock, NullLogger.Instance);

    public void Dispose() => _loop.Dispose();

    [Fact]
    public void FiresGoFirst_UntilTheVeryLastIsOnItsWay()
    {
        StartDue(5 * Step);
        RoundsUntil(() => _link.Requests.Count == 5 * Step);
        Assert.Equal(5 * Step, _core.Tasks.Count); // no end was taken
        Assert.True(_loop.HasEndsLeft);
        Round();
        Assert.Equal(0, _core.Tasks.Count);
        Assert.False(_loop.HasEndsLeft);
    }

    [Fact]
    public void Ends_AreTaken_WhileMoreAreLeftThanCachesHold()
    {
        StartDue(Last + 5 * Step);
        RoundsUntil(() => _core.Firing.Left == Last + Step);
        Assert.InRange(_core.Tasks.Count, 1, 2 * Step);
        RoundsUntil(() => _core.Firing.Left == Step);
        Assert.InRange(_core.Tasks.Count, Last - 2 * Step, Last + 2 * Step);
    }

    [Fact]
    public void Ends_AreTaken_WhereTasksWaitForTheirPlaces()
    {
        StartDue(20 * Step, places: Step);
        RoundsUntil(() => _link.Requests.Count > 2 * Step);
        Assert.InRange(_core.Firing.Left, 1, 20 * Step);
    }

    [Fact]
    public void Ends_AreTaken_WhereFiresGetNoFewer()
    {
        StartDue(Step, firesPerStep: 0);
        var caller = new TaskCompletionSource<TriggerResult>();
        _core.Commands.Trigger("demo.job1", null, "test", new StartCall(caller));
        RoundsUntil(() => _link.Requests.Count == 1);
        Assert.Equal(Step, _core.Firing.Left);
        RoundsUntil(() => _core.Tasks.Count == 0);
    }

    [Fact]
    public void Messages_DoNotWait()
    {
        StartDue(5 * Step);
        RoundsUntil(() => _core.Firing.Left == Step);
        bool isTaken = false;
        _loop.Post(() => isTaken = true);
        Round();
        Assert.True(isTaken);
        Assert.True(_loop.HasEndsLeft);
    }

    [Fact]
    public void WhatIsShownOfJobs_IsPublishedOnceAMillisecond()
    {
        StartDue(5 * Step);
        Round();
        Assert.Equal(1, Shown(Step)); // the first step at this instant
        Round();
        Assert.Equal(0, Shown(2 * Step));
        _alarm.Advance(TimeSpan.FromMilliseconds(1));
        Round();
        Assert.Equal((1, 1), (Shown(2 * Step), Shown(3 * Step)));
        Round();
        Assert.Equal(0, Shown(4 * Step));
        Round();
        Assert.Equal((1, 1), (Shown(4 * Step), Shown(5 * Step))); // the burst is over
    }

    [Fact]
    public void WhatIsToBeOnRecordOfJobs_IsPublishedAtOnce()
    {
        StartDue(5 * Step);
        Round();
        Round();
        Assert.Equal(0, Shown(2 * Step));
        _core.Commands.SetEnabled([JobName(1)], enabled: false, "test", new TaskCompletionSource<CommandResult>());
        RoundsUntil(() => !_core.Jobs.Published.Jobs[JobName(1)].Status.Enabled);
        Assert.Equal((1, 1), (Shown(2 * Step), Shown(3 * Step)));
        Assert.InRange(_core.Firing.Left, 1, 2 * Step);
    }

    private void StartDue(int jobs, int places = 100_000, int firesPerStep = Step)
    {
        var options = new EngineOptions
        {
            ServerIp = "10.0.0.5",
            ProcessId = 42,
            HostNames = ["daemon.example"],
            RemoteLinks = new Dictionary<WorkerProtocol, IWorkerLink> { [WorkerProtocol.Qschedule] = _link },
            LocalLink = _link,
            IsProcessAlive = _ => false,
            Offload = static work => work.Execute(),
            SendsMax = 100_000,
            SendsPerWorkerMax = places,
            FiresPerStepMax = firesPerStep,
        };
        var catalog = Samples.Catalog(Samples.Server(), [.. Enumerable.Range(1, jobs).Select(i => Samples.Job(JobName(i), cron: "1 0 0 1 1 ?"))]);
        _core = new EngineCore(_store, catalog, options, _clock, _loop, new Random(7), NullLogger.Instance);
        _loop.Own(_core);
        RoundsUntil(() => _core.Journal.IsIdle);
        _alarm.Advance(TimeSpan.FromSeconds(1)); // all are due
    }

    private static string JobName(int number) => $"demo.job{number}";

    private int Shown(int job) => _core.Jobs.Published.Jobs[JobName(job)].Status.Running;

    private void RoundsUntil(Func<bool> holds)
    {
        for (int left = 1_000; !holds(); left--)
        {
            Assert.NotEqual(0, left);
            Round();
        }
    }

    private void Round()
    {
        _loop.Round();
        _store.Complete();
    }
}
