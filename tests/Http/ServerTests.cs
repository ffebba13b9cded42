using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Qschedd.Engine.Model;
using Qschedd.Http;

namespace Qschedd.Tests.Http;

/// <summary>Listening, stopping, and what reaches the log.</summary>
[SupportedOSPlatform("linux")]
public sealed class ServerTests : IDisposable
{
    private const string Health = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    private readonly string _folder = Directory.CreateTempSubdirectory("qschedd-http-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("http://127.0.0.1:0", "http://127.0.0.1:")]
    [InlineData("http://localhost:0/", "http://127.0.0.1:")]
    [InlineData("http://0.0.0.0:0", "http://0.0.0.0:")]
    public async Task Address_ShowsTheRealPort_WhenItWasZero(string listen, string prefix)
    {
        await using TestServer server = await TestServer.StartAsync(listen: [listen]);
        using RawConnection connection = await server.ConnectAsync();
        await connection.SendAsync(Health);

        Assert.Equal("ok", (await connection.ReadAsync()).Text);
        Assert.StartsWith(prefix, server.Addresses[0]);
        Assert.NotEqual(0, server.Port);
    }

    [Theory]
    [InlineData("127.0.0.1:80")]
    [InlineData("ftp://127.0.0.1:80")]
    [InlineData("http://:80")]
    [InlineData("http://127.0.0.1:65536")]
    [InlineData("http://127.0.0.1:80/path")]
    [InlineData("https://127.0.0.1:0")]
    [InlineData("unix:")]
    [InlineData("unix:q.sock")]
    [InlineData("unix:/no/such/folder/q.sock")]
    [InlineData("unix:/0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678")]
    [InlineData("http://192.0.2.1:0")]
    public async Task Start_Fails_WhenItCannotListenThere(string listen)
    {
        IOException fault = await Assert.ThrowsAsync<IOException>(() => TestServer.StartAsync(listen: [listen]));
        Assert.Contains(listen.StartsWith("https") ? "server.tls" : "cannot listen on", fault.Message);
    }

    [Fact]
    public async Task Start_Fails_WhenThePortIsTaken()
    {
        await using TestServer server = await TestServer.StartAsync();
        IOException fault = await Assert.ThrowsAsync<IOException>(() => TestServer.StartAsync(listen: [server.Addresses[0]]));
        Assert.Contains("address already in use", fault.Message);
    }

    [Fact]
    public async Task UnixSocket_IsForOwnerAndGroup_WhenListening()
    {
        string path = Path.Combine(_folder, "q.sock");
        await using TestServer server = await TestServer.StartAsync(listen: ["http://127.0.0.1:0", $"unix:{path}"]);

        RawConnection connection = await ConnectUnixAsync(path);
        await connection.SendAsync($"POST /api2/jobs/on.do HTTP/1.1\r\nHost: x\r\nQ-Server-Token: {Samples.AdminToken}\r\nContent-Length: 32\r\n\r\n{{\"jobs\":[\"qschedule.demo.job1\"]}}");
        Assert.Contains("操作成功", (await connection.ReadAsync()).Text);
        connection.Dispose();

        Assert.Equal($"unix:{path}", server.Addresses[1]);
        Assert.Equal(["on qschedule.demo.job1 by admin from a local socket"], server.Scheduler.Commands);
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public async Task UnixSocket_IsReplaced_WhenNobodyListensThere()
    {
        string path = Path.Combine(_folder, "stale.sock");
        using (var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            left.Bind(new UnixDomainSocketEndPoint(path));
            // Closing unlinks the name that it was bound to, so what a crash leaves is made by moving it away first.
            File.Move(path, path + "2");
        }

        await using TestServer server = await TestServer.StartAsync(listen: [$"unix:{path}2"]);
        using RawConnection connection = await ConnectUnixAsync(path + "2");
        await connection.SendAsync(Health);
        Assert.Equal("ok", (await connection.ReadAsync()).Text);
    }

    [Fact]
    public async Task UnixSocket_IsLeftAlone_WhenSomeoneListensThere()
    {
        string path = Path.Combine(_folder, "live.sock");
        await using TestServer server = await TestServer.StartAsync(listen: [$"unix:{path}"]);

        IOException fault = await Assert.ThrowsAsync<IOException>(() => TestServer.StartAsync(listen: [$"unix:{path}"]));

        Assert.Contains("another process listens there", fault.Message);
        using RawConnection connection = await ConnectUnixAsync(path);
        await connection.SendAsync(Health);
        Assert.Equal("ok", (await connection.ReadAsync()).Text);
    }

    [Fact]
    public async Task UnixSocket_IsLeftAlone_WhenItsListenerIsTooBusyToSay()
    {
        string path = Path.Combine(_folder, "full.sock");
        var endpoint = new UnixDomainSocketEndPoint(path);
        using var busy = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        busy.Bind(endpoint);
        busy.Listen(0);
        using var waits = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        waits.Connect(endpoint);

        Task<TestServer> start = Task.Run(() => TestServer.StartAsync(listen: [$"unix:{path}"]));

        IOException fault = await Assert.ThrowsAsync<IOException>(() => start.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Contains("another process listens there", fault.Message);
    }

    [Fact]
    public async Task File_IsLeftAlone_WhenItIsNoSocket()
    {
        string path = Path.Combine(_folder, "data.db");
        File.WriteAllText(path, "precious");

        IOException fault = await Assert.ThrowsAsync<IOException>(() => TestServer.StartAsync(listen: [$"unix:{path}"]));

        Assert.Contains("no socket", fault.Message);
        Assert.Equal("precious", File.ReadAllText(path));
    }

    [Fact]
    public async Task Https_IsServed_WhenThereIsACertificate()
    {
        await using TestServer server = await TestServer.StartAsync(listen: ["https://127.0.0.1:0"], tls: MakeTls());
        using var client = new TcpClient("127.0.0.1", server.Port);
        using var stream = new SslStream(client.GetStream(), false, (_, certificate, _, _) => certificate?.Subject == "CN=qschedd-test");
        await stream.AuthenticateAsClientAsync("qschedd-test");
        using var connection = new RawConnection(stream);

        await connection.SendAsync(Health);

        Assert.Equal("ok", (await connection.ReadAsync()).Text);
        Assert.StartsWith("https://127.0.0.1:", server.Addresses[0]);
    }

    [Fact]
    public async Task Start_Fails_WhenTheCertificateIsNone()
    {
        TlsSettings tls = MakeTls();
        File.WriteAllText(tls.Key, "no key");
        IOException fault = await Assert.ThrowsAsync<IOException>(() => TestServer.StartAsync(listen: ["https://127.0.0.1:0"], tls: tls));
        Assert.Contains("server.tls", fault.Message);
    }

    [Fact]
    public async Task Stop_LetsRequestsEnd_WhenTheyAreUnderWay()
    {
        var gate = new TaskCompletionSource();
        await using TestServer server = await TestServer.StartAsync(new FakeScheduler { Gate = gate.Task });
        Task<RawAnswer> answer = server.PostAsync("/api2/tasks.do", $$"""{"job":"{{Samples.Job1}}"}""", Samples.DemoToken);
        await server.Scheduler.Entered.Task;

        Task stopped = server.StopAsync();
        Assert.False(stopped.IsCompleted);
        gate.SetResult();

        Assert.Contains(Samples.TaskId, (await answer).Text);
        await stopped;
        await Assert.ThrowsAsync<SocketException>(server.ConnectAsync);
    }

    [Fact]
    public async Task Log_HoldsNoToken_WhenThingsGoWrong()
    {
        const string Canary = "canary-7f3a";
        var scheduler = new FakeScheduler { Apps = [Samples.MakeApp("qschedule.demo", 1, null, Canary)], Fault = new InvalidOperationException("broken") };
        await using TestServer server = await TestServer.StartAsync(scheduler);

        await server.GetAsync($"/api/jobs/{Samples.Job1}.do?token={Canary}");
        await server.PostAsync("/api/tasks.do", $$"""{"job":"x","token":"{{Canary}}"}""");
        await server.GetAsync($"/api/jobs/\x01.do?token={Canary}");
        await server.GetAsync($"/api/jobs/%00.do?token={Canary}");
        await server.SendAsync("GE T", $"/api/jobs.do?token={Canary}", null);

        Assert.Equal(2, server.Log.Lines.Count(l => l.StartsWith("Error")));
        Assert.Contains(server.Log.Lines, l => l.Contains($"GET /api/jobs/{Samples.Job1}.do: answered '查询失败'") && l.Contains("broken"));
        Assert.DoesNotContain(server.Log.Lines, l => l.Contains(Canary));
    }

    [Theory]
    [InlineData(64, 32)]
    [InlineData(1024, 512)]
    [InlineData(8192, 7680)]
    [InlineData(1048576, 10000)]
    public void Connections_LeaveDescriptorsFree_WhenFilesAreLimited(long files, int connections) =>
        Assert.Equal(connections, HttpLimits.ConnectionsFor(files));

    [Fact]
    public void OpenFiles_AreRead_OnLinux() => Assert.InRange(HttpLimits.OpenFilesMax(), 64, int.MaxValue - 1L);

    private static async Task<RawConnection> ConnectUnixAsync(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        return new RawConnection(new NetworkStream(socket, ownsSocket: true));
    }

    private TlsSettings MakeTls()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=qschedd-test", key, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var tls = new TlsSettings(Path.Combine(_folder, "cert.pem"), Path.Combine(_folder, "key.pem"));
        File.WriteAllText(tls.Certificate, certificate.ExportCertificatePem());
        File.WriteAllText(tls.Key, key.ExportPkcs8PrivateKeyPem());
        return tls;
    }
}
