using System.Text.Json.Nodes;

namespace Qschedd.Tests.EndToEnd;

public class WhyAuditTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static string Apps(string more = "") => $$"""
        apps:
          - name: demo
            id: 1
            token: {{DaemonProcess.Token}}
            jobs:
              - {name: slow, type: local, command: [/bin/sleep, "1000"], cron: "* * * * * ?"}
              - {name: alone, cron: "* * * * * ?", workers: []}
              - {name: down, cron: "* * * * * ?", workers: ["127.0.0.1:1"]}
        {{more}}
        """;

    [Fact]
    public async Task Why_SaysWhatKeepsAJobFromRunning_AndStillDoesAfterARestart()
    {
        await using var daemon = await new DaemonProcess(Apps()).StartAsync();
        await Eventually.Holds(async () => await CountAsync(daemon, "slow", "overlap") >= 2, Patience, () => "no overlap");
        await Eventually.Holds(async () => await CountAsync(daemon, "alone", "noWorker") >= 2, Patience, () => "no noWorker");
        await Eventually.Holds(async () => await CountAsync(daemon, "down", "noWorker") >= 2, Patience, () => "no noWorker");
        JsonNode worker = null!; // between two pauses it counts as alive
        await Eventually.Holds(
            async () => !(bool)(worker = (await WhyAsync(daemon, "down"))["workers"]!.AsArray().Single()!)["alive"]!,
            Patience, () => "no pause");
        Assert.Equal((false, true, "127.0.0.1:1"), ((bool)worker["alive"]!, (bool)worker["canSchedule"]!, (string)worker["address"]!));
        Assert.True((long)worker["pausedUntil"]! > DateTimeOffset.UtcNow.AddMinutes(-5).ToUnixTimeMilliseconds());
        int before = await CountAsync(daemon, "slow", "overlap");

        await daemon.PostAsync("api/jobs/off.do", new { jobs = new[] { "slow" }, token = DaemonProcess.Token });
        await daemon.KillAsync();
        await daemon.StartAsync();
        var why = await WhyAsync(daemon, "slow");
        Assert.True(await CountAsync(daemon, "slow", "overlap") >= before);
        Assert.Equal("app demo from 127.0.0.1", (string)why["off"]!["by"]!);
        await Eventually.Holds(async () => await CountAsync(daemon, "slow", "off") >= 2, Patience, () => "no fires missed while it is off");
        Assert.Empty(why["nextRuns"]!.AsArray());
        Assert.InRange(why["lastRuns"]!.AsArray().Count, 3, 10);
    }

    [Fact]
    public async Task Audit_SaysWhoChangedWhat_ToTheAdministratorAlone()
    {
        await using var daemon = await new DaemonProcess(Apps()).StartAsync();
        await daemon.PostAsync("api/jobs/off.do", new { jobs = new[] { "slow", "down" }, token = DaemonProcess.Token });
        await daemon.PostAsync("api/jobs/on.do", new { jobs = new[] { "down" }, token = DaemonProcess.AdminToken });
        daemon.Write(Apps("      - {name: more, type: local, command: [/bin/true]}"));
        await Eventually.Holds(async () => await HasAsync(daemon, "reload"), Patience, () => "the reload is not on record");
        daemon.Write(Apps("      - {name: more, corn: x}"));
        await Eventually.Holds(async () => await HasAsync(daemon, "refuse"), Patience, () => "the refusal is not on record");

        var rows = await AuditAsync(daemon, "");
        Assert.Equal(
            ["refuse reload  ", "reload reload  ", "on admin 127.0.0.1 down", "off app demo 127.0.0.1 down", "off app demo 127.0.0.1 slow"],
            rows.Select(r => $"{r!["action"]} {r["who"]} {r["from"]} {r["job"]}"));
        Assert.Contains("corn", (string)rows[0]!["detail"]!);
        Assert.Equal("1 added, 0 removed, 0 changed, 3 as before", (string)rows[1]!["detail"]!);
        Assert.Equal(2, (await AuditAsync(daemon, "&job=down")).Count);
        Assert.Equal(["off"], (await AuditAsync(daemon, $"&job=down&limit=1&after={rows[2]!["id"]}")).Select(r => (string)r!["action"]!));
        var refused = await daemon.GetJsonAsync($"api/audit.do?token={DaemonProcess.Token}");
        Assert.Equal("授权失败", (string)refused["message"]!);
    }

    private static async Task<bool> HasAsync(DaemonProcess daemon, string action) =>
        (await AuditAsync(daemon, "")).Any(r => (string)r!["action"]! == action);

    private static async Task<JsonArray> AuditAsync(DaemonProcess daemon, string more) =>
        (await daemon.GetJsonAsync($"api/audit.do?token={DaemonProcess.AdminToken}{more}"))["data"]!.AsArray();

    private static async Task<JsonNode> WhyAsync(DaemonProcess daemon, string job) =>
        (await daemon.GetJsonAsync($"api/jobs/{job}/why.do?token={DaemonProcess.Token}"))["data"]!;

    private static async Task<int> CountAsync(DaemonProcess daemon, string job, string reason) =>
        (await WhyAsync(daemon, job))["skips"]!.AsArray().Where(s => (string)s!["reason"]! == reason).Sum(s => (int)s!["count"]!);
}
