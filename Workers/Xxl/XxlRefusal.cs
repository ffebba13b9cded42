using Qschedd.Engine.Ports;

namespace Qschedd.Workers.Xxl;

/// <summary>
/// Why an executor did not take a run. Every refusal has code 500, so its words alone tell: each executor has its own, and they are
/// told apart by what all of their kind have in them.
/// </summary>
internal static class XxlRefusal
{
    public static RunOutcome Of(string? words)
    {
        string text = words?.ToLowerInvariant() ?? "";
        // The same run waits in the executor's queue: the answer to its first sending was lost.
        if (text.Contains("repeate trigger", StringComparison.Ordinal) || text.Contains("repeat trigger", StringComparison.Ordinal))
            return new RunOutcome(RunResult.Accepted);
        return new RunOutcome(Meaning(text), words ?? "the executor refused the run, and said no more");
    }

    private static RunResult Meaning(string text)
    {
        if (text.Contains("queue", StringComparison.Ordinal) && (text.Contains("full", StringComparison.Ordinal) || text.Contains("too deep", StringComparison.Ordinal)))
            return RunResult.QueueFull;
        bool isBusy = text.Contains("discard", StringComparison.Ordinal)
            || IsSaid(text, "running") || IsSaid(text, "executing");
        return isBusy ? RunResult.Ignored : RunResult.Failed;
    }

    private static bool IsSaid(string text, string word) =>
        text.Contains(word, StringComparison.Ordinal) && !text.Contains("not " + word, StringComparison.Ordinal);
}
