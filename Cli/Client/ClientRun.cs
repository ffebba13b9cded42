using Qschedd.Cli.Run;

namespace Qschedd.Cli.Client;

/// <summary>One run of a verb: its daemon, its screen, and whether raw answers are wanted.</summary>
internal sealed class ClientRun(ApiClient api, Screen screen, bool json, TimeProvider time)
{
    /// <summary>How long a wait outlives a daemon that does not answer.</summary>
    private static readonly TimeSpan AwayMax = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(2);

    public ApiClient Api => api;
    public Screen Screen => screen;
    public bool Json => json;
    public TimeProvider Time => time;
    public long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>The answer as it came, or what <paramref name="show"/> makes of it.</summary>
    public int Show(ApiAnswer answer, Action show, Wish wish = Wish.Look)
    {
        PrintRaw(answer);
        if (!answer.IsDone)
            return Fail(answer, wish);
        if (!json)
            show();
        return ExitStatus.Done;
    }

    /// <summary>Where raw answers are wanted: byte for byte, failures too.</summary>
    public void PrintRaw(ApiAnswer answer)
    {
        if (json && answer.Root.IsObject)
            screen.Output.Write(answer.RawText);
    }

    /// <summary>Which request, what happened, what it means, what to do.</summary>
    public int Fail(ApiAnswer answer, Wish wish = Wish.Look)
    {
        (string what, string advice) = answer.Fault is { } fault ? (fault.What, fault.Advice) : Explain(answer.Message, wish);
        screen.Warn($"qschedd: {what}");
        screen.Warn($"  request: {DisplayText.Line(answer.Request)}");
        screen.Warn($"  to do:   {advice}");
        return ExitStatus.Failed;
    }

    public int Fail(string what, string advice)
    {
        screen.Warn($"qschedd: {what}");
        screen.Warn($"  to do:   {advice}");
        return ExitStatus.Failed;
    }

    public int BadUsage(string message)
    {
        screen.Warn($"qschedd: {message}");
        return ExitStatus.BadUsage;
    }

    /// <summary>Asks again while a daemon that has answered before is away, as during a restart. For calls that may be repeated.</summary>
    public async Task<ApiAnswer> PersistAsync(Func<Task<ApiAnswer>> call, CancellationToken stop)
    {
        long start = time.GetTimestamp();
        for (TimeSpan pause = FirstPause; ; pause = Longer(pause))
        {
            ApiAnswer answer = await call();
            if (answer.Fault is not { MayPass: true } fault || !api.HasAnswered || stop.IsCancellationRequested || time.GetElapsedTime(start) > AwayMax)
                return answer;
            screen.Progress($"the daemon is away ({fault.What}); asking again", time.GetElapsedTime(start));
            await PauseAsync(pause, stop);
        }
    }

    public static TimeSpan Longer(TimeSpan pause) => pause * 2 < PauseMax ? pause * 2 : PauseMax;

    /// <summary>Ends early, without a fault, when the stop is asked for.</summary>
    public async Task PauseAsync(TimeSpan pause, CancellationToken stop) =>
        await Task.Delay(pause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>Runs what waits, until it is done or somebody presses Ctrl-C.</summary>
    public static async Task<int> UntilStoppedAsync(Func<CancellationToken, Task<int>> wait)
    {
        using var signals = new StopSignals();
        using var stop = new CancellationTokenSource();
        Task noted = signals.Stop.ContinueWith(_ => stop.Cancel(), TaskScheduler.Default);
        int exit = await wait(stop.Token);
        _ = noted;
        return exit;
    }

    private static (string What, string Advice) Explain(string message, Wish wish)
    {
        (string english, string advice) = Meanings.Of(message, wish);
        return ($"{DisplayText.Line(message)}: {english}", advice);
    }
}
