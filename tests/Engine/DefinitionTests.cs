using Qschedd.Engine.Model;

namespace Qschedd.Tests.Engine;

/// <summary>The texts of definitions reach the store once, when they change, and leave it with the job.</summary>
public class DefinitionTests
{
    private static Job Printed(string name, long print, long hash = 1) => Samples.Job(name, cron: null) with { DefinitionPrint = print, DefinitionHash = hash };

    private static void Reload(EngineWorld world, params Job[] jobs)
    {
        world.Core.Apply(world.Core.Jobs.Compare(Samples.Catalog(Samples.Server(), jobs)));
        world.Settle();
    }

    [Fact]
    public void Text_IsWrittenAtTheFirstStart_AndNotAgain()
    {
        var world = new EngineWorld().Start(Printed("a", 7), Printed("b", 8));
        Assert.Equal([("a", 7), ("b", 8)], world.Store.Definitions.Order());
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs).Start(Printed("a", 7), Printed("b", 8));
        Reload(next, Printed("a", 7), Printed("b", 8));
        Assert.Equal(2, next.Store.Definitions.Count);
    }

    [Theory]
    [InlineData(1)] // a secret changed: the hash does not show it
    [InlineData(2)]
    public void Text_IsWrittenAgain_WhenItChanges(long hash)
    {
        var world = new EngineWorld().Start(Printed("a", 7));
        Reload(world, Printed("a", 9, hash));
        Assert.Equal([("a", 7), ("a", 9)], world.Store.Definitions);
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs).Start(Printed("a", 10, hash));
        Assert.Equal(("a", 10), next.Store.Definitions[^1]);
    }

    [Fact]
    public void Text_GoesWithTheJob_AndComesBackWithIt()
    {
        var world = new EngineWorld().Start(Printed("a", 7), Printed("b", 8));
        Reload(world, Printed("b", 8));
        Assert.Equal(("a", 0), world.Store.Definitions[^1]);
        Reload(world, Printed("a", 7), Printed("b", 8));
        Assert.Equal(("a", 7), world.Store.Definitions[^1]);
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs).Start(Printed("a", 7));
        Assert.Equal(("b", 0), next.Store.Definitions[^1]);
        Reload(next, Printed("a", 7), Printed("b", 8));
        Assert.Equal(("b", 8), next.Store.Definitions[^1]);
        Assert.Equal(6, next.Store.Definitions.Count);
    }
}
