using Qschedd.Bench.Measure;

namespace Qschedd.Bench.Modes;

/// <summary>What this program does in a process of its own; null: the mode serves others and prints nothing at its end.</summary>
internal static class ModeTable
{
    public static readonly IReadOnlyDictionary<string, Func<Options, Task<Samples?>>> Known = new Dictionary<string, Func<Options, Task<Samples?>>>
    {
        ["cron"] = Of(CronMode.RunAsync),
        ["noop"] = Of(NoopMode.RunAsync),
        ["durable"] = Of(DurableMode.RunAsync),
        ["burst"] = Of(BurstMode.RunAsync),
        ["worker"] = ServerMode.WorkerAsync,
        ["constant"] = ServerMode.ConstantAsync,
        ["client"] = Of(ClientMode.RunAsync),
        ["path"] = Of(QuartzPathMode.RunAsync),
        ["load"] = Of(LoadMode.RunAsync),
        ["schedule"] = Of(ScheduleMode.RunAsync),
        ["alarm"] = Of(AlarmMode.RunAsync),
        ["history"] = Of(HistoryMode.RunAsync),
        ["warm"] = WarmMode.RunAsync,
    };

    private static Func<Options, Task<Samples?>> Of(Func<Options, Task<Samples>> mode) => async options => await mode(options);
}
