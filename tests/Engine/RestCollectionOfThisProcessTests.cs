using System.Runtime.CompilerServices;
using Qschedd.Engine;
using Qschedd.Tests.Engine.Clock;

namespace Qschedd.Tests.Engine;

/// <summary>The one collector of the process, which other tests keep busy and at times hold off: alone therefore.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}

[Collection(AloneCollection.Name)]
public sealed class RestCollectionOfThisProcessTests
{
    [Fact]
    public void Collect_TakesWhatIsYoung()
    {
        var rest = RestCollection.OfThisProcess(new ManualAlarm(EngineWorld.StartMs));
        byte[] kept = new byte[RestCollection.BytesMin];
        Assert.True(rest.IsDue);
        var left = Left();
        rest.Collect();
        Assert.False(left.TryGetTarget(out _));
        Assert.False(rest.IsDue);
        GC.KeepAlive(kept);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference<object> Left() => new(new object());
}
