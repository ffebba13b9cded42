using System.Diagnostics;

namespace Qschedd.Bench.Measure;

/// <summary>A process of ours, ended by its id at the latest when this is disposed of.</summary>
internal sealed class Child : IDisposable
{
    private static readonly HashSet<Child> Alive = [];

    private readonly Process _process;
    private readonly List<string> _errors = [];

    private Child(Process process)
    {
        _process = process;
        lock (Alive)
            Alive.Add(this);
    }

    public int Pid => _process.Id;

    public bool HasEnded => _process.HasExited;

    public string Errors
    {
        get
        {
            lock (_errors)
                return string.Join('\n', _errors);
        }
    }

    public static Child Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var info = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true, // servers of ours end when it does
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            info.Environment[name] = value;
        var child = new Child(Process.Start(info)!);
        child._process.ErrorDataReceived += (_, e) => child.Keep(e.Data);
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>This program in another process, in one of its modes.</summary>
    public static Child StartSelf(params string[] arguments) => Start(Environment.ProcessPath!, arguments);

    /// <summary>Runs a mode of this program to its end and takes the JSON line that it prints.</summary>
    public static Task<Samples> MeasureAsync(params string[] arguments) => MeasureAsync(Environment.ProcessPath!, arguments);

    /// <exception cref="InvalidOperationException">It failed, or took longer than any row may.</exception>
    public static async Task<Samples> MeasureAsync(string program, string[] arguments)
    {
        using var child = Start(program, arguments);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        try
        {
            string output = await child._process.StandardOutput.ReadToEndAsync(patience.Token);
            await child._process.WaitForExitAsync(patience.Token);
            string? line = output.Split('\n').LastOrDefault(line => line.StartsWith('{'));
            return child._process.ExitCode == 0 && line is not null ? Samples.FromLine(line) : throw child.Failure(arguments);
        }
        catch (OperationCanceledException)
        {
            throw child.Failure(arguments);
        }
    }

    public Task WriteLineAsync(string line) => _process.StandardInput.WriteLineAsync(line);

    public async Task<string> ReadLineAsync() =>
        await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"it ended:\n{Errors}");

    /// <summary>
    /// Nobody reads what it prints from here on, and it must not block on that. Thrown away as bytes: a line a task, decoded one by one,
    /// would take a good part of the processor that is measured.
    /// </summary>
    public void IgnoreOutput() => _ = ThrowAwayAsync(_process.StandardOutput.BaseStream);

    private static async Task ThrowAwayAsync(Stream output)
    {
        try
        {
            await output.CopyToAsync(Stream.Null, 64 * 1024);
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException)
        {
            // The process has ended, or was.
        }
    }

    /// <summary>Whoever interrupts the benchmarks leaves nothing running.</summary>
    public static void EndAll()
    {
        Child[] alive;
        lock (Alive)
            alive = [.. Alive];
        foreach (var child in alive)
            child.Dispose();
    }

    public void Dispose()
    {
        lock (Alive)
        {
            if (!Alive.Remove(this))
                return;
        }
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    private InvalidOperationException Failure(string[] arguments) => new($"{string.Join(' ', arguments)}: failed\n{Errors}");

    private void Keep(string? line)
    {
        if (line is null)
            return;
        lock (_errors)
        {
            if (_errors.Count < 50)
                _errors.Add(line);
        }
    }
}
