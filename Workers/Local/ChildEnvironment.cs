using System.Collections;
using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Qschedd.Workers.Local;

/// <summary>
/// The environment of a command: the daemon's, less what is the daemon's own, then what the job adds, then the task's QSCHEDD_*.
/// The daemon's own are: everything named QSCHEDD_* (tokens; the values of a task that the daemon itself may be), what systemd
/// hands to one process only, how the daemon's own sockets are served, and the variables from which the configuration took secrets.
/// </summary>
internal sealed class ChildEnvironment(IEnumerable<string> secretNames)
{
    /// <summary>Linux refuses to start a program when one variable has 128 KiB; a longer parameter is on standard input only.</summary>
    public const int ParamBytesMax = 64 * 1024;

    private static readonly FrozenSet<string> ForOneProcess = FrozenSet.Create(
        "NOTIFY_SOCKET", "CREDENTIALS_DIRECTORY", "INVOCATION_ID", "JOURNAL_STREAM", "MAINPID");

    private volatile FrozenSet<string> _secretNames = secretNames.ToFrozenSet();

    /// <summary>More of them, from now on: a reload names others. None is ever passed on again. One caller at a time.</summary>
    public void Hide(IEnumerable<string> names) => _secretNames = _secretNames.Union(names).ToFrozenSet();

    /// <summary>NAME=value texts.</summary>
    public IReadOnlyList<string> For(LocalRun run, IDictionary daemon)
    {
        var variables = new Dictionary<string, string>(daemon.Count + 12);
        foreach (DictionaryEntry entry in daemon)
        {
            if (IsPassedOn((string)entry.Key))
            {
                variables[(string)entry.Key] = (string?)entry.Value ?? "";
            }
        }
        foreach ((string name, string value) in run.Command.Env)
        {
            variables[name] = value;
        }
        foreach ((string name, string value) in OfTask(run))
        {
            variables[name] = value;
        }
        return [.. variables.Select(static variable => $"{variable.Key}={variable.Value}")];
    }

    public bool IsPassedOn(string name) =>
        !name.StartsWith("QSCHEDD_", StringComparison.Ordinal)
        && !name.StartsWith("LISTEN_", StringComparison.Ordinal)
        && !name.StartsWith("WATCHDOG_", StringComparison.Ordinal)
        && !name.StartsWith("DOTNET_SYSTEM_NET_SOCKETS_", StringComparison.Ordinal)
        && !ForOneProcess.Contains(name)
        && !_secretNames.Contains(name);

    private static IEnumerable<(string Name, string Value)> OfTask(LocalRun run)
    {
        yield return ("QSCHEDD_TASK_ID", run.TaskId);
        yield return ("QSCHEDD_JOB", run.Job);
        yield return ("QSCHEDD_APP", run.App);
        yield return ("QSCHEDD_ATTEMPT", Text(run.Attempt));
        yield return ("QSCHEDD_SCHEDULED_TIME", Text(run.ScheduledMs));
        yield return ("QSCHEDD_FIRE_TIME", Text(run.FireMs));
        yield return ("QSCHEDD_SHARD_INDEX", Text(run.ShardIndex));
        yield return ("QSCHEDD_SHARD_TOTAL", Text(run.ShardTotal));
        if (run.DeadlineMs is { } deadlineMs)
        {
            yield return ("QSCHEDD_DEADLINE", Text(deadlineMs));
        }
        if (run.Parameter is { } parameter && Encoding.UTF8.GetByteCount(parameter) <= ParamBytesMax)
        {
            yield return ("QSCHEDD_PARAM", parameter);
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
