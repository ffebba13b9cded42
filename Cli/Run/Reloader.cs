using Microsoft.Extensions.Logging;
using Qschedd.Cli.Plan;
using Qschedd.Config;
using Qschedd.Engine;
using Qschedd.Engine.Definitions;
using Qschedd.Engine.Model;

namespace Qschedd.Cli.Run;

/// <summary>
/// Takes a changed configuration into force: everything is read and validated first, then one catalog is swapped for another. A
/// refused one changes nothing; its mistakes are logged and readyz tells of them until the files are right again.
/// </summary>
/// <param name="path">The configuration.</param>
/// <param name="scheduler">Where it is in force.</param>
/// <param name="watch">Sees its changes.</param>
/// <param name="hide">Keeps variables that the files take values from, for they may be secrets, from local commands.</param>
/// <param name="service">Is told that a reload goes on.</param>
/// <param name="logger">For operators.</param>
internal sealed class Reloader(string path, Scheduler scheduler, ConfigWatch watch, Action<IEnumerable<string>> hide, ServiceLink service, ILogger logger)
{
    private const string About = "configuration";
    private const int ErrorsShown = 20;
    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(5);

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await watch.WaitAsync(stop);
                await TellAsync(ReloadAsync);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                // The edge of reloading: the configuration in force stays, and after a pause it is tried again.
                scheduler.Reloads.OnRefused();
                ReloadLog.Unreadable(logger, path, fault.Message);
                scheduler.Notices.Set(About, $"the configuration on disk cannot be read, the one before it is in force: {fault.Message}");
                watch.Repeat();
                await Task.Delay(AfterFault, stop).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }

    /// <summary>The service manager waits for the end of what it asked for, however it ended.</summary>
    private async Task TellAsync(Func<Task> reload)
    {
        service.Reloading();
        try
        {
            await reload();
        }
        finally
        {
            service.Ready();
        }
    }

    private async Task ReloadAsync()
    {
        var namesRead = new HashSet<string>();
        var result = await OwnThread.RunAsync(() => ConfigLoader.Load(path, HostEnvironment.ForConfig(namesRead) with { InForce = scheduler.Catalog }));
        hide(namesRead);
        if (result.Catalog is not { } catalog)
        {
            Refuse([.. result.Errors.Select(e => e.ToString())]);
            return;
        }
        if (TlsLibrary.WhyMissing(catalog, isServed: false) is { } missing)
        {
            Refuse([missing]);
            return;
        }
        foreach (string warning in result.Warnings)
            ReloadLog.Warned(logger, warning);
        WarnOfRestart(scheduler.Catalog.Server, catalog.Server);
        var change = await OwnThread.RunAsync(() => scheduler.Compare(catalog));
        await scheduler.ApplyAsync(change);
        Leftovers.ReleaseBehindFires(catalog);
        scheduler.Reloads.OnTaken(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        scheduler.Notices.Set(About, null);
        ReloadLog.Reloaded(logger, path, change.Added.Count, change.Removed.Count, change.Changed.Count, change.KeptCount);
    }

    private void Refuse(string[] mistakes)
    {
        scheduler.Reloads.OnRefused();
        foreach (string mistake in mistakes.Take(ErrorsShown))
            ReloadLog.Mistake(logger, mistake);
        ReloadLog.Refused(logger, path, mistakes.Length);
        string reason = mistakes[0] + (mistakes.Length > 1 ? $" (and {mistakes.Length - 1} more)" : "");
        scheduler.Notices.Set(About, $"the configuration on disk is refused, the one before it is in force: {reason}");
        scheduler.NoteRefusedConfiguration(reason);
    }

    private void WarnOfRestart(ServerSettings before, ServerSettings after)
    {
        var text = new DefinitionText();
        foreach (var change in KeyTexts.Compare(KeyTexts.Parse(text.Of(before)), KeyTexts.Parse(text.Of(after))))
            if (RestartKeys.Note(change.Key) is { } note)
                ReloadLog.NeedsRestart(logger, change.Key, note);
    }
}

internal static partial class ReloadLog
{
    [LoggerMessage(LogLevel.Information, "{Path} is in force: {Added} jobs added, {Removed} removed, {Changed} changed, {Kept} as before")]
    public static partial void Reloaded(ILogger logger, string path, int added, int removed, int changed, int kept);

    [LoggerMessage(LogLevel.Warning, "{Warning}")]
    public static partial void Warned(ILogger logger, string warning);

    [LoggerMessage(LogLevel.Error, "{Mistake}")]
    public static partial void Mistake(ILogger logger, string mistake);

    [LoggerMessage(LogLevel.Error, "{Path} has {Count} mistakes and is refused; the configuration before it stays in force")]
    public static partial void Refused(ILogger logger, string path, int count);

    [LoggerMessage(LogLevel.Warning, "server.{Key} has changed: {Note}")]
    public static partial void NeedsRestart(ILogger logger, string key, string note);

    [LoggerMessage(LogLevel.Error, "{Path} cannot be read ({Reason}); the configuration in force stays")]
    public static partial void Unreadable(ILogger logger, string path, string reason);
}
