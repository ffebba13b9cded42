using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Qschedd.Tests.Engine.Figures;

namespace Qschedd.Tests.EndToEnd;

/// <summary>The real answer of the real binary, and the dashboard and the rules that are made for it.</summary>
public partial class MetricsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static string Dashboard => File.ReadAllText(Path.Combine(Repo.Root, "packaging", "grafana.json"));

    private static string RulesPath => Path.Combine(Repo.Root, "packaging", "alerts.rules.yaml");

    [Fact]
    public async Task Metrics_PassPrometheusOwnLinter_AndOurs_WhileJobsRun()
    {
        await using var daemon = await StartAsync();
        string text = await MetricsAsync(daemon);
        Assert.Equal((0, ""), await Promtool.RunAsync(text, "check", "metrics"));
        var metrics = MetricsCheck.Read(text);
        Assert.True(metrics["qschedd_fires_total"] >= metrics["qschedd_tasks_ended_total{state=\"failed\"}"]);
        Assert.True(metrics["qschedd_tasks_ended_total{state=\"failed\"}"] > 0);
        Assert.True(metrics["qschedd_store_commit_duration_seconds_count"] > 0);
        Assert.Equal(1, metrics["qschedd_ready"]);
        Assert.Equal(1, metrics["qschedd_job_enabled{job=\"fails\"}"]);
        Assert.Contains(metrics.Series, s => VersionSeries().IsMatch(s));
        Assert.DoesNotContain(DaemonProcess.Token, text);
        Assert.DoesNotContain(DaemonProcess.AdminToken, text);
    }

    [Fact]
    public async Task Linter_Objects_WhenAMetricIsWrong() =>
        Assert.NotEqual((0, ""), await Promtool.RunAsync("# HELP qschedd_a A.\n# TYPE qschedd_a counter\nqschedd_a 1\n", "check", "metrics"));

    [Fact]
    public async Task DashboardAndRules_UseOnlyMetricsThatAreServed()
    {
        await using var daemon = await StartAsync();
        var families = MetricsCheck.Read(await MetricsAsync(daemon)).Families;
        foreach (string text in (string[])[Dashboard, await File.ReadAllTextAsync(RulesPath)])
        {
            var used = MetricName().Matches(text).Select(m => m.Value).Distinct().ToList();
            Assert.True(used.Count > 10, "the names were not found");
            Assert.All(used, name => Assert.True(
                families.ContainsKey(name) || families.GetValueOrDefault(HistogramPart().Replace(name, "$1")) == "histogram", $"{name} is not served"));
        }
    }

    [Fact]
    public async Task Rules_PassPrometheusOwnCheck()
    {
        var (exit, said) = await Promtool.RunAsync("", "check", "rules", RulesPath);
        Assert.True(exit == 0, said);
    }

    /// <summary>As recording rules, for which promtool has a check.</summary>
    [Fact]
    public async Task Dashboard_HasPanels_WhoseExpressionsPrometheusReads()
    {
        var dashboard = JsonNode.Parse(Dashboard)!;
        var panels = dashboard["panels"]!.AsArray().Where(p => (string)p!["type"]! != "row").ToList();
        Assert.All(panels, p => Assert.NotEmpty(p!["targets"]!.AsArray()));
        Assert.Equal(panels.Count, panels.Select(p => (int)p!["id"]!).Distinct().Count());
        var expressions = panels.SelectMany(p => p!["targets"]!.AsArray()).Select(t => (string)t!["expr"]!).ToList();
        Assert.All(expressions, e => Assert.Contains("qschedd_", e));
        var rules = expressions.Select((e, i) => new JsonObject
        {
            ["record"] = $"panel:{i}",
            ["expr"] = e.Replace("$__rate_interval", "5m", StringComparison.Ordinal).Replace("$instance", ".*", StringComparison.Ordinal),
        });
        string file = Path.GetTempFileName();
        var group = new JsonObject { ["name"] = "dashboard", ["rules"] = new JsonArray([.. rules]) };
        await File.WriteAllTextAsync(file, new JsonObject { ["groups"] = new JsonArray(group) }.ToJsonString(JsonSerializerOptions.Web));
        var (exit, said) = await Promtool.RunAsync("", "check", "rules", file);
        File.Delete(file);
        Assert.True(exit == 0 && said.Contains($"{expressions.Count} rules found", StringComparison.Ordinal), said);
    }

    private static async Task<DaemonProcess> StartAsync()
    {
        var daemon = new DaemonProcess();
        daemon.Write($$"""
            apps:
              - name: demo
                id: 1
                token: {{DaemonProcess.Token}}
                jobs:
                  - {name: fails, type: local, command: [/bin/false], cron: "* * * * * ?"}
                  - {name: 报表.每日-2, type: local, command: [/bin/true]}
            """, "  metrics: {perJob: true}");
        return await daemon.StartAsync();
    }

    /// <summary>As soon as a task has ended.</summary>
    private static async Task<string> MetricsAsync(DaemonProcess daemon)
    {
        string text = "";
        await Eventually.Holds(
            async () => (text = await daemon.GetAsync("metrics")).Contains("qschedd_job_runs_total{", StringComparison.Ordinal), Patience, () => text);
        return text;
    }

    [GeneratedRegex("qschedd_[a-z_]+[a-z]")]
    private static partial Regex MetricName();

    [GeneratedRegex("^(.*)_(bucket|sum|count)$")]
    private static partial Regex HistogramPart();

    [GeneratedRegex(@"^qschedd_build_info\{version=""\d+\.\d+\.\d+")]
    private static partial Regex VersionSeries();
}
