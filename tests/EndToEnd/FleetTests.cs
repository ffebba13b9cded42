using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Xunit.Abstractions;

namespace Qschedd.Tests.EndToEnd;

/// <summary>
/// Ten agents, 300 jobs each second, and one agent after another taken offline, waited for with <c>check</c>, killed, started
/// again and brought online. Three sources must agree that no task was lost, none doubled, and none sent to an offline worker:
/// the receipts that the commands left, the rows of the database, and the API.
/// </summary>
public class FleetTests(ITestOutputHelper output)
{
    private const int Agents = 10;
    private const int Jobs = 300;

    /// <summary>How often all the agents are deployed, one after the other; the long form is <c>make fleet-rounds</c>.</summary>
    private static readonly int Cycles =
        int.TryParse(Environment.GetEnvironmentVariable("QSCHEDD_FLEET_CYCLES"), NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : 2;

    private static readonly string[] Names = [.. Enumerable.Range(0, Jobs).Select(i => $"fleet.{i}")];
    private static readonly string[] Policies = ["random", "roundRobin", "leastActive", "consistentHash"];

    /// <summary>A deployment: from the answer to the last "offline" to just before the first "online".</summary>
    private sealed record Away(string Address, long FromMs, long UntilMs);

    private sealed record Row(string Id, string Job, long ScheduledMs, long FireMs, int State, int Attempt, string Worker, bool IsByHand);

    [Fact]
    public async Task Deployments_WhileThreeHundredTasksASecondRun_LoseNoneDoubleNoneAndMissNoWord()
    {
        await using var daemon = new DaemonProcess();
        string server = $"http://127.0.0.1:{daemon.Port}";
        var agents = Enumerable.Range(1, Agents).Select(i => new FleetAgent(daemon.Directory, i, server, Names)).ToArray();
        try
        {
            daemon.Write(Yaml(agents));
            await daemon.StartAsync("--log-level", "warning");
            await Task.WhenAll(agents.Select(a => a.StartAsync()));
            await Eventually.Holds(async () => await CountAgentsAsync(daemon) == Agents, TimeSpan.FromSeconds(60), () => "not all agents registered");
            await SwitchAsync(daemon, "on");
            var away = new List<Away>();
            using var enough = new CancellationTokenSource();
            var byHand = StartByHandAsync(daemon, enough.Token);
            for (int i = 0; i < Cycles * Agents; i++)
                away.Add(await DeployAsync(daemon, agents[i % Agents]));
            await enough.CancelAsync();
            var started = await byHand;
            await SwitchAsync(daemon, "off");
            foreach (var agent in agents)
                await AwaitFreeAsync(daemon, agent);
            await CheckApiAsync(daemon, agents);
            Assert.Equal(0, await daemon.TerminateAsync());
            Check(ReadRows(daemon.DatabasePath), agents, away, started);
        }
        finally
        {
            foreach (var agent in agents)
                await agent.DisposeAsync();
        }
    }

    private async Task<Away> DeployAsync(DaemonProcess daemon, FleetAgent agent)
    {
        await SayAsync(daemon, agent, online: false);
        long fromMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await AwaitFreeAsync(daemon, agent);
        int receipts = agent.Receipts().Length;
        await agent.KillAsync();
        await agent.StartAsync();
        long untilMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        Assert.Equal(receipts, agent.Receipts().Length);
        await SayAsync(daemon, agent, online: true);
        output.WriteLine($"{agent.Address}: away for {untilMs - fromMs} ms, after {receipts} tasks");
        return new Away(agent.Address, fromMs, untilMs);
    }

    /// <summary>Cron fires at full seconds only; these come in between, while a word is given and while it is not.</summary>
    private static async Task<List<string>> StartByHandAsync(DaemonProcess daemon, CancellationToken enough)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var ids = new List<string>();
        while (!enough.IsCancellationRequested && await pace.WaitForNextTickAsync(CancellationToken.None))
        {
            var answer = JsonNode.Parse(await daemon.PostAsync("api/tasks.do", new { job = Names[1 + (ids.Count % 9)], token = DaemonProcess.Token }))!;
            Assert.True((bool)answer["ret"]!, answer.ToJsonString());
            ids.Add((string)answer["message"]!);
        }
        return ids;
    }

    private void Check(List<Row> rows, FleetAgent[] agents, List<Away> away, List<string> byHand)
    {
        var fires = rows.Where(r => !r.IsByHand).ToList();
        output.WriteLine($"{rows.Count} tasks, {byHand.Count} of them by hand, in {(fires.Max(r => r.ScheduledMs) - fires.Min(r => r.ScheduledMs)) / 1000 + 1} s");
        Assert.Equal(byHand.Order(StringComparer.Ordinal), rows.Where(r => r.IsByHand).Select(r => r.Id).Order(StringComparer.Ordinal));
        var unfinished = rows.Where(r => r.State != 300).ToList();
        Assert.True(unfinished.Count == 0, $"{unfinished.Count} tasks did not finish, such as {unfinished.FirstOrDefault()}");
        Assert.Equal(Jobs, fires.GroupBy(r => r.Job).Count());
        foreach (var job in fires.GroupBy(r => r.Job))
        {
            var seconds = job.Select(r => r.ScheduledMs / 1000).Order().ToList();
            Assert.True(seconds.Count == seconds[^1] - seconds[0] + 1, $"{job.Key}: {seconds.Count} tasks for {seconds[^1] - seconds[0] + 1} seconds");
        }
        var ran = agents.SelectMany(a => a.Receipts().Select(id => (Id: id, a.Address))).ToList();
        var doubled = ran.GroupBy(r => r.Id).Where(g => g.Count() > 1).ToList();
        Assert.True(doubled.Count == 0, $"{doubled.Count} tasks ran twice, such as {doubled.FirstOrDefault()?.Key}");
        // Every row has its one receipt, on the worker that the row names; and no receipt is without a row.
        Assert.Equal(
            rows.Select(r => (r.Id, r.Worker)).OrderBy(r => r.Id, StringComparer.Ordinal), ran.OrderBy(r => r.Id, StringComparer.Ordinal));
        foreach (var (address, fromMs, untilMs) in away)
            Assert.DoesNotContain(rows, r => r.Worker == address && r.FireMs > fromMs && r.FireMs < untilMs);
        Assert.All(agents, a => Assert.NotEmpty(a.Receipts()));
    }

    private static async Task CheckApiAsync(DaemonProcess daemon, FleetAgent[] agents)
    {
        foreach (var agent in agents)
            Assert.Equal("""{"data":[],"ret":true}""", await daemon.GetAsync($"api/check/{agent.Host}.do"));
        foreach (string name in (string[])[Names[0], Names[1], Names[Jobs / 2], Names[^1]])
        {
            // An end is on record a moment after the loop knows it.
            await Eventually.Holds(
                async () => (await daemon.TasksAsync(name)).All(t => (int)t!["state"]! == 300), TimeSpan.FromSeconds(5), () => $"{name}: not all have ended");
            var tasks = await daemon.TasksAsync(name);
            Assert.NotEmpty(tasks);
            Assert.All(tasks, t => Assert.Equal(1, (int)t!["attempt"]!));
            Assert.Equal(300, (int)(await daemon.JobAsync(name))["lastState"]!);
        }
        Assert.Equal(Agents, await CountAgentsAsync(daemon));
    }

    private static Task SayAsync(DaemonProcess daemon, FleetAgent agent, bool online) =>
        Parallel.ForEachAsync(Names, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (job, stop) =>
        {
            var body = new JsonObject { ["jobName"] = job, ["workers"] = new JsonObject { [agent.Address] = online }, ["token"] = DaemonProcess.Token };
            using var answer = await daemon.Http.PostAsJsonAsync("api/workers/state.do", body, stop);
            Assert.Equal("""{"message":"操作成功","ret":true}""", await answer.Content.ReadAsStringAsync(stop));
        });

    private static Task AwaitFreeAsync(DaemonProcess daemon, FleetAgent agent) => Eventually.Holds(
        async () => await daemon.GetAsync($"api/check/{agent.Host}.do") == """{"data":[],"ret":true}""",
        TimeSpan.FromSeconds(120), () => $"tasks still run on {agent.Host}");

    private static async Task SwitchAsync(DaemonProcess daemon, string word) => Assert.Equal(
        """{"message":"操作成功","ret":true}""", await daemon.PostAsync($"api/jobs/{word}.do", new { jobs = Names, token = DaemonProcess.Token }));

    private static async Task<int> CountAgentsAsync(DaemonProcess daemon) =>
        (await daemon.GetJsonAsync($"api/workers/{Names[0]}.do?token={DaemonProcess.Token}"))["data"]!.AsArray().Count(w => (bool)w!["canSchedule"]!);

    private static List<Row> ReadRows(string database)
    {
        using var connection = new SqliteConnection($"Data Source={database};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText =
            "SELECT t.id, j.name, t.scheduled_ms, t.fire_ms, t.state, t.attempt, t.worker, t.trigger_key < 0 FROM task t JOIN job j ON j.id = t.job_id";
        using var reader = command.ExecuteReader();
        var rows = new List<Row>();
        while (reader.Read())
            rows.Add(new Row(
                reader.GetString(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt32(4), reader.GetInt32(5),
                reader.IsDBNull(6) ? "-" : reader.GetString(6), reader.GetBoolean(7)));
        return rows;
    }

    /// <summary>Half of the agents stand in the YAML, and all register: both kinds, and those that are both.</summary>
    private static string Yaml(FleetAgent[] agents) => $"""
        apps:
          - name: fleet
            id: 1
            token: {DaemonProcess.Token}
            workers: [{string.Join(", ", agents.Take(Agents / 2).Select(a => a.Address))}]
            defaults: {'{'}overlap: allow, state: false{'}'}
            jobs:
        {string.Join('\n', Names.Select((name, i) => $"      - {'{'}name: {name}, cron: \"* * * * * ?\", loadBalance: {Policies[i % Policies.Length]}{'}'}"))}
        """;
}
