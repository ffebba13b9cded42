using System.CommandLine;
using System.Globalization;

namespace Qschedd.Cli.Client;

internal static class JobCommand
{
    private const string Indent = "  ";

    public static Command Create()
    {
        Argument<string> name = ClientCommands.JobArgument();
        return ClientVerb.Create(
            "job",
            """
            Explains a job: why it did not run, or that all is well; its last and next runs, its workers, and what was left out.

            Example:  qschedd job qschedule.demo.report
            """,
            [name],
            (parsed, run) => RunAsync(run, parsed.GetRequiredValue(name)));
    }

    private static async Task<int> RunAsync(ClientRun run, string name)
    {
        ApiAnswer answer = await run.Api.GetAsync($"jobs/{ApiClient.Segment(name)}/why.do");
        return run.Show(answer, () => Explain(answer.Data, run.Screen, run.NowMs));
    }

    private static void Explain(JsonPart why, Screen screen, long nowMs)
    {
        JsonPart job = why.Part("job");
        JobVerdict verdict = JobVerdict.Of(why, nowMs, screen.At);
        screen.Say(Paint.In(DisplayText.Line($"{job.Text("name")}: {verdict.Text}"), verdict.Tone, screen.Colour));
        screen.Say("");
        screen.Print(FactsOf(why, job, screen));
        Section(screen, "workers", WorkersOf(why, screen, nowMs), job.Text("type") == "remote" ? "none" : null);
        Section(screen, "last runs", TaskView.TableOf(why.Rows("lastRuns"), screen, nowMs), "none on record");
        Section(screen, "left out", SkipsOf(why, screen), "nothing");
    }

    private static Table FactsOf(JsonPart why, JsonPart job, Screen screen)
    {
        var facts = new Table(null);
        if (job.Text("desc") is { Length: > 0 } desc)
            facts.Add("what", desc);
        facts.Add("app", $"{job.Text("appName")} ({job.Text("appId")})");
        facts.Add("type", $"{job.Text("type")}, {job.Text("loadBalance")}, recover {job.Text("recover")}");
        facts.Add("state", job.Flag("state") == true ? new Cell("on", Tone.Good) : new Cell("off", Tone.Bad));
        facts.Add("cron", JobList.CronOf(job) ?? "none: started by hand only");
        if (job.Text("parameter") is { Length: > 0 } parameter)
            facts.Add("parameter", parameter);
        if (job.Number("timeout") is > 0 and var timeoutMs)
            facts.Add("timeout", Wording.Span(timeoutMs));
        facts.Add("last state", Wording.State(job.Number("lastState")));
        bool isFirst = true;
        foreach (JsonPart next in why.Rows("nextRuns"))
        {
            facts.Add(isFirst ? "next runs" : " ", screen.At(next.AsNumber));
            isFirst = false;
        }

        return facts;
    }

    private static Table WorkersOf(JsonPart why, Screen screen, long nowMs)
    {
        var table = new Table("ADDRESS", "ONLINE", "ALIVE", "RUNNING", "PAUSED UNTIL", "HOST NAME");
        foreach (JsonPart worker in why.Rows("workers"))
        {
            table.Add(
                new Cell(worker.Text("address"), JobVerdict.CanTake(worker, nowMs) ? Tone.Plain : Tone.Bad),
                worker.Flag("canSchedule") == true ? "online" : "offline",
                worker.Flag("alive") == true ? "alive" : "silent",
                worker.Text("running"),
                screen.At(worker.Number("pausedUntil")),
                worker.Text("hostname"));
        }

        return table;
    }

    private static Table SkipsOf(JsonPart why, Screen screen)
    {
        var table = new Table("TIMES", "LAST", "BECAUSE", "THE DAEMON'S WORDS");
        foreach (JsonPart skip in why.Rows("skips"))
        {
            table.Add(
                skip.Number("count")?.ToString(CultureInfo.InvariantCulture),
                screen.At(skip.Number("lastAt")),
                JobVerdict.Reason(skip.Text("reason")),
                skip.Text("message"));
        }

        return table;
    }

    /// <param name="screen">Where.</param>
    /// <param name="title">Of it.</param>
    /// <param name="table">What.</param>
    /// <param name="empty">Stands for a table of nothing; null: then there is no section.</param>
    private static void Section(Screen screen, string title, Table table, string? empty)
    {
        if (table.IsEmpty && empty is null)
            return;
        screen.Say(table.IsEmpty ? $"\n{title}: {empty}" : $"\n{title}:");
        screen.Print(table, Indent);
    }
}
