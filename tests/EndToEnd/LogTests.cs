using System.Text.Json.Nodes;

namespace Qschedd.Tests.EndToEnd;

public class LogTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Whatever becomes of a task, and whether it ran at all.</summary>
    [Fact]
    public async Task JsonLog_HasExactlyOneLine_ForEachEndOfATask()
    {
        await using var daemon = await new DaemonProcess($$"""
            apps:
              - name: demo
                id: 1
                token: {{DaemonProcess.Token}}
                jobs:
                  - {name: well, type: local, command: [/bin/true], cron: "* * * * * ?"}
                  - {name: bad, type: local, command: [/bin/sh, -c, "echo s3cret; exit 3"], cron: "* * * * * ?"}
                  - {name: slow, type: local, command: [/bin/sleep, "1000"], cron: "* * * * * ?"}
                  - {name: alone, cron: "* * * * * ?", workers: []}
                  - {name: tried, cron: "* * * * * ?", workers: ["127.0.0.1:1"], overlap: allow, retry: {attempts: 2, delay: 100ms} }
            """).StartAsync("--log", "json");
        string[] jobs = ["well", "bad", "slow", "alone", "tried"];
        foreach (string job in jobs)
            await Eventually.Holds(async () => (await EndedAsync(daemon, job)).Count >= 3, Patience, () => $"{job}: too few tasks ended");
        await daemon.PostAsync("api/jobs/off.do", new { jobs, token = DaemonProcess.Token });
        await daemon.TerminateAsync();
        var lines = daemon.Lines.Select(l => JsonNode.Parse(l)!).Where(l => l["taskId"] is not null && l["durationMs"] is not null).ToList();
        Assert.Equal(lines.Count, lines.Select(l => (string)l["taskId"]!).Distinct().Count());
        await daemon.StartAsync();
        foreach (string job in jobs)
            foreach (var task in await EndedAsync(daemon, job))
                AssertLine(Assert.Single(lines, l => (string)l["taskId"]! == (string)task["id"]!), task);
        Assert.DoesNotContain(lines, l => l.ToJsonString().Contains("s3cret", StringComparison.Ordinal));
    }

    private static void AssertLine(JsonNode line, JsonNode task)
    {
        int state = (int)task["state"]!;
        Assert.Equal(((string)task["job"]!, state, (string?)task["worker"] ?? "-"), ((string)line["job"]!, (int)line["state"]!, (string)line["worker"]!));
        Assert.Equal((long)task["endedAt"]! - (long)task["fireTime"]!, (long)line["durationMs"]!);
        string? reason = state switch { 400 => "overlap", -200 => "noWorker", _ => null };
        Assert.Equal(reason, (string?)line["reason"]);
        bool isKilled = ((string?)task["message"])?.Contains("stops", StringComparison.Ordinal) == true;
        Assert.Equal(state == 300 ? "information" : state == 400 || isKilled ? "warning" : "error", (string)line["level"]!);
    }

    private static async Task<List<JsonNode>> EndedAsync(DaemonProcess daemon, string job) =>
        [.. (await daemon.TasksAsync(job)).Where(t => t!["endedAt"] is not null).Select(t => t!)];
}
