using System.Text.Json;

namespace Qschedd.Bench.Measure;

/// <summary>This program in a process that stays, for modes that are to be measured warm, one at a time.</summary>
/// <param name="environment">Besides what this process has; null: nothing.</param>
internal sealed class WarmChild(IReadOnlyDictionary<string, string>? environment = null) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Child _process = Child.Start(Environment.ProcessPath!, ["warm"], environment);

    /// <summary>Runs a mode to its end and takes the JSON line that it prints.</summary>
    /// <exception cref="InvalidOperationException">It failed, or took longer than any window may.</exception>
    public async Task<Samples> MeasureAsync(params string[] arguments)
    {
        try
        {
            await _process.WriteLineAsync(JsonSerializer.Serialize(arguments));
            return Samples.FromLine(await _process.ReadLineAsync().WaitAsync(Patience));
        }
        catch (Exception fault) when (fault is TimeoutException or IOException)
        {
            throw new InvalidOperationException($"{string.Join(' ', arguments)}: failed\n{_process.Errors}", fault);
        }
    }

    public void Dispose() => _process.Dispose();
}
