namespace Qschedd.Tests.Simulation;

/// <summary>
/// What the world tells the judge about changes: from when one is surely on record. Told too early, the judge demands fires of jobs that
/// the next process cannot know of; told too late, it misses lost ones.
/// </summary>
public class SimWorldTests
{
    private const long SettleMs = 2_000;
    private const long MinuteMs = 60_000;

    [Fact]
    public void Change_IsSure_WhenItsProcessHasRunForAWhile() => In(world =>
    {
        world.RunUntil(world.Time.StartMs + SettleMs);
        Assert.All(world.History.Lives, life => Assert.Equal(long.MaxValue, life.SureFromMs));
        world.RunUntil(world.Time.StartMs + SettleMs + 1);
        Assert.All(world.History.Lives, life => Assert.Equal(life.FromMs, life.SureFromMs));
    });

    [Theory]
    [InlineData(1_000)]
    [InlineData(20 * MinuteMs)]
    public void Change_IsNotSure_WhenItsProcessStoodStill(long stallMs) => In(world =>
    {
        world.Stall(world.Boot!, stallMs, isAsleep: false);
        world.RunUntil(world.Boot!.StalledToMs + SettleMs);
        Assert.All(world.History.Lives, life => Assert.Equal(long.MaxValue, life.SureFromMs));
        world.RunUntil(world.Boot!.StalledToMs + (2 * SettleMs));
        Assert.All(world.History.Lives, life => Assert.Equal(life.FromMs, life.SureFromMs));
    });

    [Fact]
    public void Change_BeginsWithTheNextProcess_WhenItsOwnDiesAsSoonAsItGoesOn() => In(world =>
    {
        world.Stall(world.Boot!, 20 * MinuteMs, isAsleep: false);
        world.RunUntil(world.Boot!.StalledToMs + 10);
        world.Crash();
        world.RunUntil(world.Time.NowMs + (3 * 60 * MinuteMs));
        Assert.All(world.History.Lives, life => Assert.True(life.SureFromMs > world.Time.StartMs + (20 * MinuteMs) + 10));
    });

    [Fact]
    public void Store_IsNotWell_WhenALaterTroubleLeftSomethingUnderWay() => In(world =>
    {
        world.StoreHealth.Trouble(forMs: 1_000, isSlow: true);
        world.RunUntil(world.Time.StartMs + 20_000);
        world.StoreHealth.Trouble(forMs: 1_000, isSlow: true);
        WellFrom(world, world.Time.StartMs + 21_000 + SimStoreHealth.AfterpainsMs);
    });

    [Fact]
    public void Store_IsWell_WhenATroubleHadBeenEndedByAnother() => In(world =>
    {
        world.StoreHealth.Trouble(forMs: 30_000, isSlow: true);
        world.StoreHealth.Trouble(forMs: 1_000, isSlow: false);
        WellFrom(world, world.Time.StartMs + 1_000 + SimStoreHealth.AfterpainsMs);
    });

    [Fact]
    public void Store_IsNotWell_WhenHealingLeftSomethingUnderWay() => In(world =>
    {
        world.StoreHealth.Trouble(forMs: 30 * MinuteMs, isSlow: true);
        world.RunUntil(world.Time.StartMs + 5_000);
        world.Heal();
        WellFrom(world, world.Time.StartMs + 5_000 + SimStoreHealth.AfterpainsMs);
    });

    private static void WellFrom(SimWorld world, long fromMs)
    {
        world.RunUntil(fromMs);
        Assert.False(world.IsInGoodOrderSince(world.Time.NowMs));
        world.RunUntil(fromMs + 1);
        Assert.True(world.IsInGoodOrderSince(fromMs));
    }

    private static void In(Action<SimWorld> test) => SimulationTests.InNoContext(() =>
    {
        var world = new SimWorld(seed: 1, "minutes");
        world.Begin();
        Assert.NotEmpty(world.History.Lives);
        Assert.Equal(SettleMs, world.History.SettleMs);
        test(world);
        return true;
    });
}
