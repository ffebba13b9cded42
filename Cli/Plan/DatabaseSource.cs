using System.Text.Json;
using Qschedd.Storage;

namespace Qschedd.Cli.Plan;

/// <summary>The database of a daemon, running or not.</summary>
internal sealed class DatabaseSource : IDefinitionSource
{
    private readonly KeptDefinitions _kept;

    private DatabaseSource(string path, KeptDefinitions kept) => (Name, _kept) = (path, kept);

    public string Name { get; }

    public static DatabaseSource Open(string path)
    {
        try
        {
            return new DatabaseSource(path, KeptDefinitions.Open(path));
        }
        catch (StoreOpenException fault)
        {
            throw new SourceFault(fault.Message);
        }
    }

    public Task<Frame> ReadFrameAsync() => Task.FromResult(Guarded(() => new Frame(
        _kept.Server() is { } server ? KeyTexts.Parse(server) : new KeyTexts(),
        [.. _kept.Apps().Select(DefinitionOf)],
        ReadOverrides())));

    public async IAsyncEnumerable<Definition> ReadJobsAsync()
    {
        using IEnumerator<KeptDefinition> jobs = _kept.Jobs().GetEnumerator();
        while (Guarded(jobs.MoveNext))
            yield return await ValueTask.FromResult(DefinitionOf(jobs.Current));
    }

    public ValueTask DisposeAsync()
    {
        _kept.Dispose();
        return default;
    }

    /// <summary>What differs from the file in force; a word on a worker that the job has no more is none.</summary>
    private List<Override> ReadOverrides()
    {
        List<KeptWord> words = [.. _kept.Words()];
        if (words.Count == 0)
            return [];
        var jobs = words.Select(w => w.Job).ToHashSet();
        var apps = _kept.Apps().ToDictionary(a => a.Name, DefinitionOf);
        var byJob = _kept.Jobs().Where(j => jobs.Contains(j.Name)).ToDictionary(j => j.Name, DefinitionOf);
        return
        [
            .. words.Select(w => OverrideOf(w, byJob[w.Job].Keys, apps)).OfType<Override>()
                .OrderBy(o => o.Job, StringComparer.Ordinal).ThenBy(o => o.Key, StringComparer.Ordinal),
        ];
    }

    private static Override? OverrideOf(KeptWord word, KeyTexts job, Dictionary<string, Definition> apps)
    {
        if (word.Address is { } address)
        {
            KeyTexts? app = apps.GetValueOrDefault(job.Text("app") ?? "")?.Keys;
            bool isKnown = word.IsRegistered || NextFire.HasWorker(job, app, address);
            return word.Value || !isKnown ? null : new Override(word.Job, $"workers.{address}", "online", "offline", word.By, word.AtMs, word.IsRegistered);
        }
        string file = job["state"] ?? "true", running = word.Value ? "true" : "false";
        return file == running ? null : new Override(word.Job, "state", file, running, word.By, word.AtMs, false);
    }

    private static Definition DefinitionOf(KeptDefinition kept) => new(kept.Name, KeyTexts.Parse(kept.Text));

    private T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (StoreOpenException fault)
        {
            throw new SourceFault(fault.Message);
        }
        catch (JsonException)
        {
            throw new SourceFault($"{Name} holds a definition that cannot be read: it is damaged, or of another qschedd");
        }
    }
}
