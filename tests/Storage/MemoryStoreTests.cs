using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Storage;

public sealed class MemoryStoreTests : StoreSuite
{
    private MemoryStore? _store;

    private protected override IStore Open() => _store = _store?.Reopen() ?? new MemoryStore();

    private protected override void Break() => _store!.Failure = new IOException("broken by the test");

    private protected override void Mend() => _store!.Failure = null;

    private protected override void AwaitTrim(IStore store)
    {
        // It trims before Trim returns.
    }

    public override void Dispose() => _store?.Dispose();
}
