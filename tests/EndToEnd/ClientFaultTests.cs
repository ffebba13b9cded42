using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Qschedd.Tests.EndToEnd;

/// <summary>What a client verb says when there is no daemon's answer: which URL, what happened, what to do; never the token.</summary>
public class ClientFaultTests
{
    [Fact]
    public async Task Server_ThatIsAway_IsNamed()
    {
        string url = $"http://127.0.0.1:{FreePort.Take()}";
        Fails(await Client.RunAsync(url, "jobs"), $"GET {url}/api2/jobs.do", "connection refused", "qschedd run");
        Fails(await Client.RunAsync("unix:/nowhere/q.sock", "jobs"), "unix:/nowhere/q.sock", "no such socket");
        Fails(await Client.RunAsync("http://no-such-host.invalid", "jobs", "--limit", "1", "--timeout", "2s"), "http://no-such-host.invalid/api2/jobs.do");
    }

    [Theory]
    [InlineData(200, "<html>welcome</html>", "an HTML page", "is not qschedd")]
    [InlineData(200, """{"ok":1}""", "not qschedd", "check the address")]
    [InlineData(200, "", "an empty body", "not qschedd")]
    [InlineData(404, "<html>", "HTTP 404 with an HTML page", "not qschedd")]
    [InlineData(404, """{"message":"接口不存在","ret":false}""", "no such endpoint", "older than this qschedd")]
    [InlineData(401, "", "asks for a login", "proxy")]
    [InlineData(500, "{}", "HTTP 500", "not qschedd")]
    public async Task Stranger_IsCalledOne(int status, string body, params string[] words)
    {
        await using var server = await ScriptedServer.StartAsync((_, context) => ReceiptWorker.Reply(context, status, body));
        Fails(await Client.RunAsync(server.Url, "workers", "a"), [.. words, $"{server.Url}/api2/workers/a.do"]);
        Assert.Equal(DaemonProcess.AdminToken, Assert.Single(server.Requests).Token);
    }

    [Fact]
    public async Task Redirect_IsNotFollowed()
    {
        await using var other = await ScriptedServer.StartAsync("{}");
        await using var server = await ScriptedServer.StartAsync((_, context) =>
        {
            context.Response.Redirect(other.Url + "/elsewhere");
            return Task.CompletedTask;
        });
        Fails(await Client.RunAsync(server.Url, "workers", "a"), "HTTP 302, a redirect to " + other.Url, "it is not followed");
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task Proxy_IsNotUsed_ForLoopback()
    {
        await using var proxy = await ScriptedServer.StartAsync("{}");
        await using var server = await ScriptedServer.StartAsync("""{"data":[],"ret":true}""");
        var env = new Dictionary<string, string> { ["http_proxy"] = proxy.Url, ["all_proxy"] = proxy.Url, ["QSCHEDD_TOKEN"] = "t", ["QSCHEDD_SERVER"] = server.Url };
        Assert.Equal((0, "job: no workers\n", ""), await Binary.RunAsync(["workers", "job"], env));
        Assert.Empty(proxy.Requests);
    }

    [Fact]
    public async Task SlowServer_IsGivenUp_AfterTheTimeout()
    {
        var never = new TaskCompletionSource();
        await using var server = await ScriptedServer.StartAsync((_, _) => never.Task);
        Fails(await Client.RunAsync(server.Url, "trigger", "a", "--timeout", "200ms"), "no answer within 200ms", "may have started all the same");
        never.SetResult();
    }

    [Fact]
    public async Task BrokenAnswer_IsSaidToBeOne()
    {
        await using var server = await ScriptedServer.StartAsync((_, context) =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        Fails(await Client.RunAsync(server.Url, "trigger", "a"), "broke before the answer was whole", "may have started all the same");
    }

    [Fact]
    public async Task Tls_ThatIsNotTrusted_IsRefused()
    {
        string folder = Directory.CreateTempSubdirectory("qschedd-tls-").FullName;
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        await File.WriteAllTextAsync(Path.Combine(folder, "c.pem"), certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(folder, "k.pem"), key.ExportPkcs8PrivateKeyPem());
        await using var daemon = new DaemonProcess();
        int port = FreePort.Take();
        string yaml = $"""
            server:
              listen: ["https://127.0.0.1:{port}", "unix:{folder}/q.sock", "http://127.0.0.1:{daemon.Port}"] # the last is asked whether it is ready
              tls: {"{"}certificate: {folder}/c.pem, key: {folder}/k.pem{"}"}
              adminToken: {DaemonProcess.AdminToken}
            apps: [{"{"}name: a, id: 1, token: t-a, jobs: [{"{"}name: j{"}"}]{"}"}]
            """;
        await File.WriteAllTextAsync(daemon.ConfigPath, yaml);
        await daemon.StartAsync();
        Fails(await Client.RunAsync($"https://127.0.0.1:{port}", "workers", "j"), "TLS failed", "SSL_CERT_FILE");
        Fails(await Client.RunAsync($"http://127.0.0.1:{port}", "workers", "j"), "http://127.0.0.1");
        Fails(await Client.RunAsync($"https://127.0.0.1:{daemon.Port}", "workers", "j"), "TLS failed", "http://");
        Assert.Equal("j: no workers\n", (await Client.RunAsync($"unix:{folder}/q.sock", "workers", "j")).Succeeds().Out);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task NotHttp_IsSaidToBeNone()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task answer = Task.Run(async () =>
        {
            using TcpClient client = await listener.AcceptTcpClientAsync();
            await client.GetStream().ReadAtLeastAsync(new byte[16], 16);
            await client.GetStream().WriteAsync("SSH-2.0-OpenSSH_9\r\n"u8.ToArray());
        });
        Fails(await Client.RunAsync($"http://{listener.LocalEndpoint}", "workers", "a"), "the answer is not HTTP", "check the port");
        await answer;
    }

    [Fact]
    public async Task ServerText_CannotMoveTheCursor()
    {
        await using var server = await ScriptedServer.StartAsync("""{"message":"a\u001b[2Jb","ret":false}""");
        Client failed = await Client.RunAsync(server.Url, "workers", "a");
        Fails(failed, "a\\u001b[2Jb: the daemon refused");
        Assert.DoesNotContain('\e', failed.Error);
    }

    private static void Fails(Client client, params string[] words)
    {
        client.Fails([.. words, "qschedd: ", "to do:"]);
        Assert.Equal("", client.Out);
        Assert.DoesNotContain(DaemonProcess.AdminToken, client.Error);
    }
}
