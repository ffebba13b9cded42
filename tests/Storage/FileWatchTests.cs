using Qschedd.Storage;

namespace Qschedd.Tests.Storage;

public sealed class FileWatchTests : IDisposable
{
    private readonly StoreFolder _folder = new();
    private readonly LogLines _log = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("-wal")]
    public void Trouble_IsToldOnce_WhenAFileIsMovedAway_AndEndsWhenItIsBack(string suffix)
    {
        using FileWatch watch = Watch();
        string path = _folder.Database + suffix;
        watch.Look();
        Assert.Null(watch.Trouble);

        File.Move(path, path + ".away");
        watch.Look();
        watch.Look();
        Assert.Contains($"{path} was deleted or moved away", watch.Trouble);
        Assert.Single(_log.Lines, l => l.StartsWith("Critical"));

        File.Move(path + ".away", path);
        watch.Look();
        Assert.Null(watch.Trouble);
    }

    [Fact]
    public void Trouble_IsTold_WhenTheFileIsReplacedByAnEqualOne()
    {
        using FileWatch watch = Watch();
        File.Copy(_folder.Database, _folder.Database + ".new");
        File.Move(_folder.Database + ".new", _folder.Database, overwrite: true);
        watch.Look();
        Assert.Contains("was replaced by another file", watch.Trouble);
    }

    [Fact]
    public void Trouble_IsNone_WhenTheFileOnlyGrows()
    {
        using FileWatch watch = Watch();
        File.AppendAllText(_folder.Database, new string('x', 100_000));
        watch.Look();
        Assert.Null(watch.Trouble);
    }

    private FileWatch Watch()
    {
        File.WriteAllText(_folder.Database, "database");
        File.WriteAllText(_folder.Database + "-wal", "log");
        return new FileWatch(_folder.Database, _log);
    }
}
