namespace Qschedd.Bench.Measure;

/// <summary>A directory for one measurement, gone afterwards.</summary>
internal sealed class TempFolder : IDisposable
{
    private static readonly HashSet<string> Present = [];

    public TempFolder()
    {
        lock (Present)
            Present.Add(Path);
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("qschedd-bench-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Whoever interrupts the benchmarks leaves no files behind.</summary>
    public static void DeleteAll()
    {
        lock (Present)
        {
            foreach (string path in Present)
                Directory.Delete(path, recursive: true);
            Present.Clear();
        }
    }

    public void Dispose()
    {
        lock (Present)
        {
            if (Present.Remove(Path))
                Directory.Delete(Path, recursive: true);
        }
    }
}
