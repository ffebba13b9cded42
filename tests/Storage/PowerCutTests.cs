using Microsoft.Extensions.Logging.Abstractions;
using Qschedd.Engine.Ports;
using Qschedd.Storage;
using Xunit.Abstractions;

namespace Qschedd.Tests.Storage;

/// <summary>The power goes at any moment: what the disk had not synced is lost, or half of it is. What was acknowledged is there.</summary>
[Trait("form", "torture")]
public sealed class PowerCutTests(ITestOutputHelper output) : IDisposable
{
    private const int Commits = 80;

    private readonly StoreFolder _folder = new();
    private readonly Random _random = new(Torture.Seed);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AcknowledgedCommits_AreThere_AfterAPowerCutAtAnyMoment()
    {
        int images = Torture.Rounds(25, 200);
        Assert.Equal([], Losses(pragma: null, images));
        output.WriteLine($"power cuts: {images} images, nothing lost (seed {Torture.Seed})");
    }

    /// <summary>Were this to pass, the test above could not fail either.</summary>
    [Theory]
    [InlineData("PRAGMA synchronous = OFF")]
    [InlineData("PRAGMA synchronous = NORMAL")]
    public void AcknowledgedCommits_AreLost_WithoutSyncs(string pragma) => Assert.NotEmpty(Losses(pragma, images: 10));

    private List<string> Losses(string? pragma, int images)
    {
        _folder.Open().Dispose();
        using var recorder = PowerRecorder.Start(_folder.Path(""));
        List<int> acknowledged = Work(recorder, pragma);
        var losses = new List<string>();
        for (int image = 0; image < images; image++)
        {
            // Every other cut is made at the instant of an acknowledgement, the worst one.
            int cut = image % 2 == 0 ? acknowledged[_random.Next(Commits)] : _random.Next(acknowledged[0], recorder.Position);
            using var after = new StoreFolder();
            recorder.WriteImage(cut, _random, path => after.Path(Path.GetFileName(path)));
            if (LossIn(after, acknowledged.Count(position => position <= cut)) is { } loss)
                losses.Add($"cut at {cut} of {recorder.Position}: {loss}, seed {Torture.Seed}");
        }
        return losses;
    }

    /// <summary>Commits large enough that the -wal file is copied into the database twice and more. Returns when each was acknowledged.</summary>
    private List<int> Work(PowerRecorder recorder, string? pragma)
    {
        using Database database = Database.Open(_folder.Database);
        if (pragma is not null)
            database.Execute(pragma);
        using var writer = new JournalWriter(database, _folder.Database, NullLogger.Instance, Slices.RowsMaxDefault);
        writer.Start(Mark.Nothing, null);
        Commit(writer, recorder, new JobSave(Rows.Job(1)));
        return [.. Enumerable.Range(1, Commits).Select(seq => Commit(writer, recorder,
            new TaskInsert(Rows.Task(seq, scheduledMs: seq) with { Output = new string('x', _random.Next(200_000)) })))];
    }

    private static int Commit(JournalWriter writer, PowerRecorder recorder, Change change)
    {
        var batch = new JournalBatch([change]);
        int position = 0;
        using var done = new ManualResetEventSlim();
        writer.Commit(batch, _ =>
        {
            position = recorder.Position;
            done.Set();
        });
        Assert.True(done.Wait(TimeSpan.FromSeconds(30)));
        Assert.Null(batch.Error);
        return position;
    }

    private static string? LossIn(StoreFolder folder, int acknowledged)
    {
        try
        {
            using SqliteStore store = folder.Open();
            int found = store.Load().RunningTasks.Count;
            return found >= acknowledged ? null : $"{found} of {acknowledged} commits are there";
        }
        catch (StoreOpenException refusal)
        {
            return refusal.Message;
        }
    }
}
