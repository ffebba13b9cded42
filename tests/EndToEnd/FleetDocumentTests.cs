using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Qschedd.Tests.EndToEnd;

/// <summary>The worker in <c>docs/worker-protocol.md</c>, taken from the page itself and run against the published binary.</summary>
public class FleetDocumentTests(FleetDocumentTests.Fixture fixture) : IClassFixture<FleetDocumentTests.Fixture>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DaemonProcess _daemon = fixture.Daemon;

    public sealed class Fixture : IAsyncLifetime
    {
        private Process? _worker;

        internal DaemonProcess Daemon { get; } = new($$"""
            apps:
              - name: demo
                id: 1
                token: {{DaemonProcess.Token}}
                jobs:
                  - {name: quick}
                  - {name: slow, parameter: {seconds: 600} }
                  - {name: fails, parameter: {seconds: soon}, retry: {attempts: 2, delay: 1s} }
            """);

        internal string Address { get; } = $"127.0.0.1:{FreePort.Take()}";
        internal HttpClient Http { get; } = new();

        public async Task InitializeAsync()
        {
            await Daemon.StartAsync();
            string program = Path.Combine(Daemon.Directory, "worker.py");
            await File.WriteAllTextAsync(program, ProgramOf(await File.ReadAllTextAsync(Path.Combine(Repo.Root, "docs", "worker-protocol.md"))));
            var info = new ProcessStartInfo("python3", [program, Address, $"http://127.0.0.1:{Daemon.Port}", "demo"])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            };
            info.Environment["QSCHEDD_TOKEN"] = DaemonProcess.Token;
            info.Environment["BEAT_SECONDS"] = "0.2";
            _worker = Process.Start(info)!;
            _worker.ErrorDataReceived += (_, _) => { }; // read, so that it never waits for us
            _worker.BeginErrorReadLine();
            _worker.BeginOutputReadLine();
            await Eventually.Holds(IsRegisteredAsync, Patience, () => "the worker did not register");
        }

        public async Task DisposeAsync()
        {
            Http.Dispose();
            if (_worker is { HasExited: false })
                _worker.Kill();
            _worker?.Dispose();
            await Daemon.DisposeAsync();
        }

        private async Task<bool> IsRegisteredAsync()
        {
            Assert.False(_worker!.HasExited, "the worker ended");
            var workers = (await Daemon.GetJsonAsync($"api/workers/quick.do?token={DaemonProcess.Token}"))["data"]!.AsArray();
            return workers.Any(w => (string)w!["address"]! == Address);
        }

        /// <summary>The one block of Python in the page.</summary>
        private static string ProgramOf(string page) => Assert.Single(page.Split("```python\n")[1..]).Split("```")[0];
    }

    [Fact]
    public async Task Task_IsTaken_AndItsEndReported()
    {
        var task = await EndOfAsync(await StartAsync("quick"));
        Assert.Equal((300, "quick is done", fixture.Address), ((int)task["state"]!, (string)task["message"]!, (string)task["worker"]!));
    }

    [Fact]
    public async Task LongTask_SendsHeartbeats_AndIsEndedByAKill()
    {
        string id = await StartAsync("slow");
        var beats = new HashSet<long>();
        await Eventually.Holds(async () => beats.Add((long)(await TaskAsync(id))["updatedAt"]!) && beats.Count >= 4, Patience, () => "no heartbeats");
        Assert.Equal(200, (int)(await TaskAsync(id))["state"]!);
        Assert.Equal("""{"message":"操作成功","ret":true}""", await _daemon.PostAsync("api/tasks/kill.do", new { taskId = id, token = DaemonProcess.Token }));
        var task = await EndOfAsync(id);
        Assert.Equal((-100, 1), ((int)task["state"]!, (int)task["attempt"]!));
        Assert.StartsWith("killed", (string)task["message"]!);
        Assert.Equal("""{"data":[],"ret":true}""", await _daemon.GetAsync("api/check/127.0.0.1.do"));
    }

    [Fact]
    public async Task FailedTask_IsTriedAgain_AndBothAttemptsShow()
    {
        var task = await EndOfAsync(await StartAsync("fails"));
        Assert.Equal((-100, 2), ((int)task["state"]!, (int)task["attempt"]!));
        var before = Assert.Single(task["attempts"]!.AsArray())!;
        Assert.Equal((1, -100, fixture.Address), ((int)before["attempt"]!, (int)before["state"]!, (string)before["worker"]!));
        Assert.Contains("'str'", (string)before["message"]!); // what Python says of waiting until "soon"
    }

    [Fact]
    public async Task TaskSeenBefore_IsAnswered_AndNotRunAgain()
    {
        const string Id = "150212.093000.10.0.0.5.26859.1";
        Assert.Equal(HttpStatusCode.Accepted, (await SendAsync("run", Body(Id, attempt: 1, seconds: 600))).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await SendAsync("run", Body(Id, attempt: 2, seconds: 0))).Status); // else it would end
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("kill", new JsonObject { ["taskId"] = Id })).Status);
        await Eventually.Holds(async () => (await SendAsync("run", Body(Id, attempt: 1, seconds: 600))) is { Status: HttpStatusCode.OK } again
            && (int)again.Answer!["state"]! == -100, Patience, () => "it is not remembered as failed");
        Assert.Equal(HttpStatusCode.Accepted, (await SendAsync("run", Body(Id, attempt: 2, seconds: 1))).Status); // another attempt
        await Eventually.Holds(async () => (await SendAsync("run", Body(Id, attempt: 3, seconds: 600))) is { Status: HttpStatusCode.OK } done
            && (int)done.Answer!["state"]! == 300, Patience, () => "it is not remembered as done");
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("kill", new JsonObject { ["taskId"] = "150212.093000.10.0.0.5.26859.9" })).Status);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("sha256=00")]
    public async Task UnsignedRequest_IsRefused(string? signature) =>
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync("run", Body("150212.093000.10.0.0.5.26859.2", 1, 0), signature ?? "")).Status);

    [Fact]
    public void Page_HasAWorkerOfAboutFortyLines() =>
        Assert.InRange(File.ReadAllText(Path.Combine(Repo.Root, "docs", "worker-protocol.md")).Split("```python\n")[1].Split("```")[0]
            .Split('\n').Count(line => line.Trim().Length > 0), 30, 55);

    private JsonObject Body(string id, int attempt, int seconds) => new()
    {
        ["taskId"] = id,
        ["job"] = "quick",
        ["attempt"] = attempt,
        ["param"] = new JsonObject { ["seconds"] = seconds },
        ["callback"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_daemon.Port}/api/tasks/state.do"),
    };

    private async Task<(HttpStatusCode Status, JsonNode? Answer)> SendAsync(string verb, JsonNode body, string? signature = null)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body.ToJsonString());
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://{fixture.Address}/qschedule/{verb}") { Content = new ByteArrayContent(bytes) };
        request.Headers.TryAddWithoutValidation(
            "X-QSchedule-Signature", signature ?? "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(DaemonProcess.Token), bytes)));
        using var answer = await fixture.Http.SendAsync(request);
        string text = await answer.Content.ReadAsStringAsync();
        return (answer.StatusCode, text.StartsWith('{') ? JsonNode.Parse(text) : null);
    }

    private async Task<string> StartAsync(string job)
    {
        var answer = JsonNode.Parse(await _daemon.PostAsync("api/tasks.do", new { job, token = DaemonProcess.Token }))!;
        Assert.True((bool)answer["ret"]!, answer.ToJsonString());
        return (string)answer["message"]!;
    }

    private async Task<JsonNode> TaskAsync(string id) => (await _daemon.GetJsonAsync($"api/tasks/{id}.do?token={DaemonProcess.Token}"))["data"]!;

    private async Task<JsonNode> EndOfAsync(string id)
    {
        await Eventually.Holds(async () => (int)(await TaskAsync(id))["state"]! is not (100 or 200), Patience, () => $"task {id} did not end");
        return await TaskAsync(id);
    }
}
