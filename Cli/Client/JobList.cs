using System.Text.Json;

namespace Qschedd.Cli.Client;

/// <summary>All the jobs that a token opens: the daemon gives a thousand at a time.</summary>
internal static class JobList
{
    public const int PageRows = 1000;

    /// <param name="run">Asks.</param>
    /// <param name="filter">Of the query, as <c>app=a&amp;state=on</c>; may be empty.</param>
    /// <param name="rowsMax">As many in all.</param>
    /// <param name="see">Gets each page; false: no more.</param>
    /// <param name="stop">Ctrl-C.</param>
    /// <returns>The answer that ended it: the last page, or a refusal.</returns>
    public static async Task<ApiAnswer> ReadAsync(ClientRun run, string filter, int rowsMax, Action<ApiAnswer> see, CancellationToken stop = default)
    {
        string after = "";
        for (int rows = 0; ;)
        {
            int limit = Math.Min(PageRows, rowsMax - rows);
            string query = string.Join('&', ((string[])[filter, $"limit={limit}", after]).Where(p => p.Length > 0));
            ApiAnswer page = await run.PersistAsync(() => run.Api.GetAsync($"jobs.do?{query}", stop), stop);
            if (page.IsDone)
                see(page);
            List<JsonPart> jobs = page.Rows;
            rows += jobs.Count;
            if (!page.IsDone || jobs.Count < limit || rows >= rowsMax)
                return page;
            after = $"after={ApiClient.Segment(jobs[^1].Text("name") ?? "")}";
        }
    }

    public static Table TableOf(IEnumerable<JsonPart> jobs, Screen screen)
    {
        var table = new Table("NAME", "APP", "ON", "LAST STATE", "LAST RUN", "TOOK", "NEXT RUN", "CRON");
        foreach (JsonPart job in jobs)
        {
            table.Add(
                job.Text("name"),
                job.Text("appName"),
                job.Flag("state") == true ? "on" : new Cell("off", Tone.Faint),
                Wording.State(job.Number("lastState")),
                screen.At(job.Number("lastRun")),
                Wording.Span(job.Number("lastDuration")),
                screen.At(job.Number("nextRun")),
                CronOf(job));
        }

        return table;
    }

    public static string? CronOf(JsonPart job)
    {
        if (job.Text("cron") is { } cron)
            return cron;
        string[] crons = [.. CronsOf(job)];
        return crons.Length == 0 ? null : string.Join(" | ", crons);
    }

    private static IEnumerable<string> CronsOf(JsonPart job)
    {
        if (job.Text("cronParamJson") is not { } list)
            yield break;
        using JsonDocument? crons = Parse(list);
        if (crons?.RootElement.ValueKind != JsonValueKind.Array)
            yield break;
        foreach (JsonElement entry in crons.RootElement.EnumerateArray())
            yield return new JsonPart(entry).Text("cron") ?? "-";
    }

    private static JsonDocument? Parse(string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            return null; // the rest of the job is worth showing
        }
    }
}
