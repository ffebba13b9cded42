using Qschedd.Config;
using Qschedd.Engine.Cron;

namespace Qschedd.Cli.Plan;

/// <summary>A plan for people: + is new, - goes, ~ changes.</summary>
internal sealed class PlanText(TextWriter output, ZoneTable zone)
{
    public void Write(PlanReport plan, string source)
    {
        if (plan.Server.Count > 0)
            WriteItem("~ server", plan.Server, ServerKeys.Server, RestartKeys.Note);
        foreach (Changed app in plan.Apps)
            WriteItem($"{Sign(app)} app {app.Name}", app.Keys, AppKeys.App, AppNote);
        foreach (Changed job in plan.Jobs)
            WriteJob(job);
        foreach (Drifted drift in plan.Drift)
            WriteDrift(drift);
        output.WriteLine(Summary(plan, source));
    }

    private void WriteJob(Changed job)
    {
        string next = job.Kind switch
        {
            ChangeKind.Added => $"  next {Time(job.NextAfterMs)}",
            ChangeKind.Removed => $"  would have been next {Time(job.NextBeforeMs)}",
            _ => "",
        };
        WriteItem($"{Sign(job)} job {job.Name}{next}", job.Keys, AppKeys.Job, _ => null);
        if (job.Kind == ChangeKind.Changed)
            output.WriteLine(job.NextBeforeMs == job.NextAfterMs
                ? $"    next: {Time(job.NextAfterMs)}, as before"
                : $"    next: {Time(job.NextBeforeMs)} -> {Time(job.NextAfterMs)}");
    }

    private void WriteItem(string title, IReadOnlyList<KeyChange> keys, Section section, Func<string, string?> note)
    {
        output.WriteLine(title);
        foreach (KeyChange change in keys)
        {
            string? more = note(change.Key);
            output.WriteLine($"    {change.Key}: {Values(change, section)}{(more is null ? "" : $"  ({more})")}");
        }
    }

    private static string Values(KeyChange change, Section section)
    {
        if (change.Before is null && change.After is null)
            return "(changed)";
        string values = $"{Value(change.Before, change.Key, section)} -> {Value(change.After, change.Key, section)}";
        return change.IsSecret ? $"{values}  (and what is secret of it changed)" : values;
    }

    /// <summary>What holds when the key is not given stands in parentheses.</summary>
    private static string Value(string? json, string key, Section section) =>
        json ?? (section.IndexOf(key) is >= 0 and int i && section.Specs[i].Default is { } byDefault ? $"({byDefault})" : "(none)");

    private static string? AppNote(string key) => key == "workers" ? "of its jobs that name no workers of their own" : null;

    private void WriteDrift(Drifted drift)
    {
        Override made = drift.Override;
        output.WriteLine($"! {made.Job} {made.Key}: file {made.File}, running {made.Running}, by {made.By} at {Time(made.AtMs)}: "
            + (drift.Ends ? "ENDS, for the file's own value changes" : "stays"));
    }

    private static string Summary(PlanReport plan, string source)
    {
        int Of(ChangeKind kind) => plan.Jobs.Count(job => job.Kind == kind);
        string summary = $"jobs: {Of(ChangeKind.Added)} new, {Of(ChangeKind.Removed)} gone, {Of(ChangeKind.Changed)} changed, {plan.Unchanged} as they are; "
            + $"apps: {plan.Apps.Count} changed; server: {plan.Server.Count} keys changed; "
            + $"overrides: {plan.Drift.Count}, of which {plan.Drift.Count(d => d.Ends)} end; compared with {source}";
        string[] restart = [.. plan.Restart];
        return restart.Length == 0 ? summary : $"{summary}\na restart is needed for {string.Join(", ", restart)}";
    }

    private string Time(long? ms) => ms is { } known ? IsoTime.Format(known, zone) : "never";

    private static char Sign(Changed item) => item.Kind switch
    {
        ChangeKind.Added => '+',
        ChangeKind.Removed => '-',
        _ => '~',
    };
}
