using Microsoft.Extensions.Logging.Abstractions;
using Qschedd.Engine;
using Qschedd.Engine.Model;
using Qschedd.Tests.Engine.Clock;

namespace Qschedd.Tests.Engine;

public class RestCollectionTests
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(RestCollection.QuietMs);
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    private readonly ManualAlarm _alarm = new(EngineWorld.StartMs);
    private readonly RestCollection _rest;
    private long _allocated;
    private int _collections;

    public RestCollectionTests() => _rest = new RestCollection(() => _allocated, () => _collections++);

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

    [Fact]
    public void Loop_WaitsAnew_WhenAMessageComesMeanwhile()
    {
        using var loop = Start();
        Leave(loop, RestCollection.BytesMin);
        _alarm.PassTime(Quiet - Millisecond);
        Leave(loop, 0);
        _alarm.PassTime(Quiet - Millisecond);
        Assert.Equal(0, _collections);
        _alarm.PassTime(Millisecond);
        Assert.Equal(1, _collections);
    }

    [Theory]
    [InlineData(RestCollection.RoomMs, 1)]
    [InlineData(RestCollection.RoomMs - 1, 0)]
    public void Loop_CollectsNothing_WhenAFireIsNear(int beforeMs, int collections)
    {
        using var loop = Start(Samples.Job(cron: "* * * * * ?"));
        _alarm.Advance(TimeSpan.FromMilliseconds(1_000 - beforeMs));
        Leave(loop, RestCollection.BytesMin);
        _alarm.PassTime(TimeSpan.FromMilliseconds(beforeMs - 1));
        Assert.Equal(collections, _collections);
    }

    [Fact]
    public void Loop_CollectsNothing_WhenItsRoundTookTheRoom()
    {
        using var loop = Start(Samples.Job(cron: "* * * * * ?"));
        loop.Post(() =>
        {
            _allocated += RestCollection.BytesMin;
            _alarm.Advance(TimeSpan.FromMilliseconds(1_000 - RestCollection.RoomMs + 1)); // it takes its time
        });
        Assert.Equal(EngineWorld.StartMs + 1_000, _alarm.WaitUntilAsleep());
        _alarm.PassTime(Quiet);
        Assert.Equal(0, _collections);
    }

    [Fact]
    public void OfThisProcess_Collects()
    {
        var rest = RestCollection.OfThisProcess();
        int before = GC.CollectionCount(0);
        rest.Collect();
        Assert.True(GC.CollectionCount(0) > before);
        Assert.False(rest.IsDue);
    }

    private EngineLoop Start(params Job[] jobs)
    {
        var loop = new EngineLoop(_alarm, new LoopClock(), NullLogger.Instance, rest: _rest);
        loop.Start(new EngineWorld().Start(jobs).Core);
        _alarm.WaitUntilAsleep();
        return loop;
    }

    private void Leave(EngineLoop loop, long bytes)
    {
        loop.Post(() => _allocated += bytes);
        _alarm.WaitUntilAsleep();
    }
}
