using Qschedd.Engine.Ports;
using Qschedd.Storage;

namespace Qschedd.Tests.Storage;

public class SqliteStoreTests : StoreSuite
{
    private readonly StoreFolder _folder = new();

    private protected virtual int SliceRowsMax => Slices.RowsMaxDefault;

    private protected override IStore Open() => _folder.Open(sliceRowsMax: SliceRowsMax);

    private protected override void Break() =>
        _folder.Execute("CREATE TRIGGER broken BEFORE INSERT ON task BEGIN SELECT RAISE(ABORT, 'broken by the test'); END");

    private protected override void Mend() => _folder.Execute("DROP TRIGGER broken");

    private protected override void AwaitTrim(IStore store) => StoreFolder.AwaitTrim((SqliteStore)store);

    public override void Dispose() => _folder.Dispose();
}

/// <summary>The same with slices of two tasks, so that every list and every sweep crosses them.</summary>
public sealed class SqliteStoreInSlicesTests : SqliteStoreTests
{
    private protected override int SliceRowsMax => 2;
}
