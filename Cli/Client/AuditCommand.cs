using System.CommandLine;
using System.Globalization;
using Qschedd.Http;

namespace Qschedd.Cli.Client;

internal static class AuditCommand
{
    private static readonly string[] Shown = ["action", "at", "detail", "from", "id", "job", "who"];
    private static readonly Option<string?> Job = new("--job") { Description = "of this job", HelpName = "NAME" };
    private static readonly Option<int?> Limit = new("--limit") { Description = "at most so many, the newest first", HelpName = "N" };

    public static Command Create() => ClientVerb.Create(
        "audit",
        """
        Lists what operators changed, the newest first. Needs the admin's token.

        Example:  qschedd audit --job qschedule.demo.report --limit 10
        """,
        [Job, Limit],
        RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, ClientRun run)
    {
        if (parsed.GetValue(Limit) is < 1 or > HttpLimits.RowsMax)
            return run.BadUsage($"--limit is outside 1-{HttpLimits.RowsMax}");
        string limit = parsed.GetValue(Limit) is { } rows ? $"limit={rows.ToString(CultureInfo.InvariantCulture)}" : "";
        string job = parsed.GetValue(Job) is { Length: > 0 } name ? $"job={ApiClient.Segment(name)}" : "";
        string query = string.Join('&', ((string[])[limit, job]).Where(p => p.Length > 0));
        ApiAnswer answer = await run.Api.GetAsync(query.Length == 0 ? "audit.do" : $"audit.do?{query}");
        return run.Show(answer, () =>
        {
            var table = new Table("AT", "WHO", "FROM", "WHAT", "JOB", "DETAIL");
            foreach (JsonPart row in answer.Rows)
                table.Add(run.Screen.At(row.Number("at")), row.Text("who"), row.Text("from"), row.Text("action"), row.Text("job"), Detail(row));
            if (table.IsEmpty)
                run.Screen.Say("nothing on record");
            else
                run.Screen.Print(table);
        });
    }

    /// <summary>With members that a newer daemon gives.</summary>
    private static string Detail(JsonPart row)
    {
        string detail = row.Text("detail") ?? "";
        return string.Join(' ', row.Names().Where(n => !Shown.Contains(n)).Select(n => $"{n}={row.Text(n)}").Prepend(detail).Where(t => t.Length > 0));
    }
}
