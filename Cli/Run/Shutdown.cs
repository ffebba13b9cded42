using Microsoft.Extensions.Logging;
using Qschedd.Engine;
using Qschedd.Http;

namespace Qschedd.Cli.Run;

/// <summary>
/// The graceful stop: nothing new is fired or sent; answers and reports in flight land, for which the listener stays up; local
/// commands may end by themselves, then are told to; remote tasks go on at their workers and are taken up at the next start.
/// </summary>
internal static class Shutdown
{
    private static readonly TimeSpan ForThemselves = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AfterKill = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan AfterCut = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ForTheStore = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    public static async Task RunAsync(EngineCore core, EngineLoop loop, HttpServer http, CancellationToken hurry, ILogger logger)
    {
        await DoAsync(loop, core.Close);
        if (!await Until(() => core.IsQuiet, ForThemselves, hurry))
            Tell(core, "local commands are ended by SIGTERM", logger);
        await DoAsync(loop, core.EndLocal);
        if (!await Until(() => core.IsQuiet, AfterKill, hurry))
        {
            Tell(core, "they are cut, and in doubt until the next start", logger);
            await DoAsync(loop, core.Cut);
            await Until(() => core.Dispatcher.Sends == 0, AfterCut, CancellationToken.None);
        }
        await http.StopAsync(hurry);
        await Until(() => core.Journal.IsIdle, ForTheStore, CancellationToken.None);
    }

    /// <summary>It may have been the store alone that did not keep up.</summary>
    private static void Tell(EngineCore core, string what, ILogger logger)
    {
        if (core.Dispatcher.Sends is > 0 and var sends)
            DaemonLog.Impatient(logger, sends, what);
    }

    /// <summary>Runs it in the loop and waits until it is done.</summary>
    private static Task DoAsync(EngineLoop loop, Action action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(() =>
        {
            action();
            done.SetResult();
        });
        return done.Task;
    }

    private static async Task<bool> Until(Func<bool> isSo, TimeSpan patience, CancellationToken hurry)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!isSo())
        {
            if (hurry.IsCancellationRequested || TimeProvider.System.GetElapsedTime(start) > patience)
                return false;
            await Task.Delay(Look, CancellationToken.None);
        }
        return true;
    }
}
