using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Qschedd.Engine;
using Qschedd.Engine.Clock;
using Qschedd.Engine.Model;
using Qschedd.Tests.Engine.Clock;

namespace Qschedd.Tests.Engine;

public class RestCollectionTests
{
    private const string EachSecond = "* * * * * ?";
    private const int NearMs = 2 * RestCollection.QuietMs; // to rest, and as long for the collection
    private const int TrimMs = 600_000;

    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(RestCollection.QuietMs);
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    private readonly ManualAlarm _alarm = new(EngineWorld.StartMs);
    private readonly Late _late;
    private readonly RestCollection _rest;
    private long _allocated;
    private int _collections;
    private TimeSpan _takes;

    public RestCollectionTests()
    {
        _late = new Late(_alarm);
        _rest = new RestCollection(_alarm, () => _allocated, () =>
        {
            _collections++;
            _alarm.Advance(_takes);
        });
    }

    [Fact]
    public void Loop_Collects_WhenItHasLeftEnoughAndRests()
    {
        using var loop = Start();
        Leave(loop, RestCollection.BytesMin);
        _alarm.PassTime(Quiet - Millisecond);
        Assert.Equal(0, _collections);
        _alarm.PassTime(Millisecond);
        Assert.Equal(1, _collections);
    }

    [Fact]
    public void Loop_DoesNotCollect_WhenItHasLeftLittle()
    {
        using var loop = Start();
        Leave(loop, RestCollection.BytesMin - 1);
        _alarm.PassTime(10 * Quiet);
        Assert.Equal(0, _collections);
    }

    [Fact]
    public void Loop_CollectsOnce_UntilItHasLeftAsMuchAgain()
    {
        using var loop = Start();
        Leave(loop, RestCollection.BytesMin);
        _alarm.PassTime(10 * Quiet);
        Leave(loop, RestCollection.BytesMin - 1);
        _alarm.PassTime(10 * Quiet);
        Assert.Equal(1, _collections);
        Leave(loop, 1);
        _alarm.PassTime(10 * Quiet);
        Assert.Equal(2, _collections);
    }

    [Theory]
    [InlineData("a message")]
    [InlineData("a ring")]
    [InlineData("a set clock")]
    public void Loop_WaitsAnew_WhenSomethingComesMeanwhile(string what)
    {
        using var loop = Start();
        Leave(loop, RestCollection.BytesMin);
        _alarm.PassTime(Quiet - Millisecond);
        Come(loop, what);
        _alarm.PassTime(Quiet - Millisecond);
        Assert.Equal(0, _collections);
        _alarm.PassTime(Millisecond);
        Assert.Equal(1, _collections);
    }

    [Fact]
    public void Loop_WaitsAnew_WhenAMessageComesAsItHasRested()
    {
        using var loop = Start();
        Leave(loop, RestCollection.BytesMin);
        _late.AtNextEnd = () => loop.Post(static () => { });
        _alarm.PassTime(Quiet);
        Assert.Equal(0, _collections);
        _alarm.PassTime(Quiet);
        Assert.Equal(1, _collections);
    }

    [Theory]
    [InlineData(NearMs, 1)]
    [InlineData(NearMs - 1, 0)]
    public void Loop_CollectsNothing_WhenAFireIsNear(int beforeMs, int collections)
    {
        using var loop = Start(Samples.Job(cron: EachSecond));
        _alarm.Advance(TimeSpan.FromMilliseconds(1_000 - beforeMs));
        Leave(loop, RestCollection.BytesMin);
        _alarm.PassTime(TimeSpan.FromMilliseconds(beforeMs - 1));
        Assert.Equal(collections, _collections);
    }

    [Theory]
    [InlineData(NearMs, 1)]
    [InlineData(NearMs - 1, 0)]
    public void Loop_CollectsNothing_WhenOtherWorkIsNear(int beforeMs, int collections)
    {
        using var loop = Start();
        _alarm.PassTime(TimeSpan.FromMilliseconds(TrimMs - beforeMs));
        Leave(loop, RestCollection.BytesMin);
        _alarm.PassTime(TimeSpan.FromMilliseconds(beforeMs - 1));
        Assert.Equal(collections, _collections);
    }

    [Theory]
    [InlineData(EachSecond, 1_000)]
    [InlineData(null, TrimMs)]
    public void Loop_CollectsNothing_WhenItSleptTooLong(string? cron, int dueMs)
    {
        using var loop = Start(Samples.Job(cron: cron));
        _alarm.PassTime(TimeSpan.FromMilliseconds(dueMs - NearMs));
        Leave(loop, RestCollection.BytesMin);
        _late.AtNextEnd = () => _alarm.Advance(Millisecond);
        _alarm.PassTime(Quiet);
        Assert.Equal(0, _collections);
    }

    [Theory]
    [InlineData(EachSecond, 1_000)]
    [InlineData(null, TrimMs)]
    public void Loop_WakesInTime_WhenItsRoundWasLong(string? cron, int dueMs)
    {
        using var loop = Start(Samples.Job(cron: cron));
        _alarm.PassTime(TimeSpan.FromMilliseconds(dueMs - NearMs));
        loop.Post(() =>
        {
            _allocated += RestCollection.BytesMin;
            _alarm.Advance(TimeSpan.FromMilliseconds(NearMs - 1));
        });
        _alarm.WaitUntilAsleep();
        long rounds = loop.Rounds;
        _alarm.PassTime(Millisecond);
        Assert.True(loop.Rounds > rounds);
        Assert.Equal(0, _collections);
    }

    [Fact]
    public void Loop_WantsMoreRoom_WhenTheLastCollectionTookLong()
    {
        using var loop = Start(Samples.Job(cron: EachSecond));
        _takes = 2 * Quiet;
        Leave(loop, RestCollection.BytesMin);
        _alarm.PassTime(3 * Quiet);
        Assert.Equal(4 * RestCollection.QuietMs, _rest.RoomMs);
        _alarm.Advance(TimeSpan.FromMilliseconds(EngineWorld.StartMs + 1_000 - _alarm.WallNowMs) - 5 * Quiet + Millisecond);
        Leave(loop, RestCollection.BytesMin);
        _alarm.PassTime(4 * Quiet);
        Assert.Equal(1, _collections);
    }

    [Fact]
    public void Loop_CollectsNothing_WhileFiresAreHeldUp()
    {
        var world = new EngineWorld().Start(new EngineSettings { ChangesMax = 10 }, [.. Enumerable.Range(0, 50).Select(i => Samples.Job($"j{i}", EachSecond))]);
        world.Store.IsHeld = true;
        world.Run(1);
        Assert.True(world.Core.Firing.IsHeldUp);
        _alarm.Advance(TimeSpan.FromSeconds(1));
        using var loop = Start(world);
        Leave(loop, RestCollection.BytesMin);
        _alarm.PassTime(10 * Quiet);
        Assert.Equal(0, _collections);
    }

    [Fact]
    public void Loop_KeepsNoLineForIt()
    {
        var log = new Storage.LogLines();
        var lines = new LoopLog(log, _alarm);
        using var loop = Start(new EngineWorld().Start(), lines);
        loop.Post(() =>
        {
            _allocated += RestCollection.BytesMin;
            Say(lines, "one");
            Say(lines, "two");
        });
        _alarm.PassTime(TimeSpan.FromMilliseconds(LoopLog.HeldMs));
        Assert.Equal(["Information: one", "Information: two"], log.Lines);
    }

    private static void Say(LoopLog lines, string text) =>
        lines.Log(LogLevel.Information, default, text, exception: null, static (said, _) => said);

    private EngineLoop Start(params Job[] jobs) => Start(new EngineWorld().Start(jobs));

    private EngineLoop Start(EngineWorld world, LoopLog? lines = null)
    {
        var loop = new EngineLoop(_late, world.Clock, NullLogger.Instance, lines, _rest);
        loop.Start(world.Core);
        _alarm.WaitUntilAsleep();
        return loop;
    }

    private void Leave(EngineLoop loop, long bytes)
    {
        loop.Post(() => _allocated += bytes);
        _alarm.WaitUntilAsleep();
    }

    private void Come(EngineLoop loop, string what)
    {
        if (what == "a message")
            loop.Post(static () => { });
        else if (what == "a ring")
            loop.Ring();
        else
            _alarm.StepWall(TimeSpan.FromMinutes(1));
        _alarm.WaitUntilAsleep();
    }

    /// <summary>An alarm after whose next wait something happens before the sleeper looks.</summary>
    private sealed class Late(ManualAlarm alarm) : IAlarm
    {
        private Action? _atNextEnd;

        public Action AtNextEnd { set => Volatile.Write(ref _atNextEnd, value); }

        public long WallNowMs => alarm.WallNowMs;

        public long MonotonicNowMs => alarm.MonotonicNowMs;

        public void WaitUntil(long wallDueMs, TimeSpan most)
        {
            alarm.WaitUntil(wallDueMs, most);
            Interlocked.Exchange(ref _atNextEnd, null)?.Invoke();
        }

        public void Ring() => alarm.Ring();

        public void Dispose()
        {
            // The alarm is the test's.
        }
    }
}
