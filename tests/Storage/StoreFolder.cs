using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Qschedd.Storage;

namespace Qschedd.Tests.Storage;

/// <summary>A folder for one test's database, removed at its end.</summary>
internal sealed class StoreFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("qschedd-store-").FullName;

    public string Database => Path("qschedd.db");

    public string Path(string name) => System.IO.Path.Combine(_path, name);

    public SqliteStore Open(string name = "qschedd.db", ILogger? logger = null, int sliceRowsMax = Slices.RowsMaxDefault) =>
        SqliteStore.Open(Path(name), logger ?? NullLogger.Instance, sliceRowsMax);

    /// <summary>The operator's words of a start that is refused.</summary>
    public string Refusal(string name = "qschedd.db") => Assert.Throws<StoreOpenException>(() => Open(name)).Message;

    /// <summary>Does something to the database behind the store's back.</summary>
    public void Execute(string sql)
    {
        using var database = Qschedd.Storage.Database.Open(Database);
        database.Execute(sql);
    }

    /// <summary>kill -9 leaves the files as they are; what stands in -shm is made anew from them.</summary>
    public string CopyAsLeftByAKill(string name)
    {
        foreach (string suffix in (string[])["", "-wal", ".mark"])
            File.Copy(Database + suffix, Path(name) + suffix, overwrite: true);
        return Path(name);
    }

    public static void AwaitTrim(SqliteStore store) =>
        Assert.True(SpinWait.SpinUntil(() => !store.IsTrimming, TimeSpan.FromSeconds(30)), "the sweep did not end");

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
