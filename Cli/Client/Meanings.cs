namespace Qschedd.Cli.Client;

/// <summary>What a verb wants of the daemon: the same words mean different things to different verbs.</summary>
internal enum Wish
{
    Look,
    TurnOn,
    TurnOff,
    Trigger,
    Kill,
    SwitchWorkers,
}

/// <summary>The messages of the interface in English, and what to do about each.</summary>
internal static class Meanings
{
    /// <summary>The words may be followed by a reason.</summary>
    private static readonly Meaning[] Known =
    [
        new("授权失败", null, "the token is refused", "it belongs to no app here, or not to the app in question: check QSCHEDD_TOKEN (or --token)"),
        new("参数错误", null, "the request has not the form that the daemon wants", "check the names, ids and values that you gave"),
        new("job不存在", null, "there is no such job", "qschedd jobs lists those that your token opens"),
        new("task不存在", null, "there is no such task", "it may have left the history: qschedd tasks JOB lists what is kept"),
        new("启用失败", null, "not turned on; no job has changed", "one of the names is unknown, or the daemon cannot write: see qschedd jobs and /readyz"),
        new("停止失败", null, "not turned off; no job has changed", "one of the names is unknown, or the daemon cannot write: see qschedd jobs and /readyz"),
        new("重试失败", null, "not started", "there is no such job, or nobody can take it now: qschedd job NAME says why"),
        new("内部错误", null, "the daemon failed; whether the task started is not known", "see its log and /readyz, and qschedd tasks NAME before you repeat it"),
        new("查询失败", null, "the daemon cannot read what was asked for", "see its log and /readyz"),
        new("所有机器不能全部下线", null, "refused: the job would be left without a worker", "put another of its workers online first"),
        new("可能存在未操作成功的机器", null, "done in part: some of the addresses are no workers of this job", "qschedd workers NAME shows how they stand"),
        new("workers json 格式非法", null, "the list of workers has not the right form", "give addresses as host:port"),
        new("操作失败", Wish.Kill, "not ended", "the task is unknown or has ended, or its worker did not take the request: qschedd tasks ID shows it"),
        new("操作失败", Wish.SwitchWorkers, "nothing has changed", "there is no such job, or none of the addresses is a worker of it: see qschedd workers NAME"),
        new("操作失败", null, "the daemon could not do it", "see its log and /readyz"),
    ];

    public static (string English, string Advice) Of(string message, Wish wish)
    {
        Meaning? known = Array.Find(Known, k => (k.Of is null || k.Of == wish) && message.StartsWith(k.Words, StringComparison.Ordinal));
        return known is null ? ("the daemon refused", "see its log") : (known.English, known.Advice);
    }

    /// <param name="Words">The message's beginning.</param>
    /// <param name="Of">The verb that it means this to; null: all.</param>
    /// <param name="English">What it means.</param>
    /// <param name="Advice">What to do.</param>
    private sealed record Meaning(string Words, Wish? Of, string English, string Advice);
}
