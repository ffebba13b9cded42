using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Qschedd.Http;
using Qschedd.Tests.EndToEnd;

namespace Qschedd.Tests.Http;

public sealed class TlsTests : IDisposable
{
    private readonly TlsFolder _folder = new();
    private readonly CapturedLog _log = new();
    private readonly StillTime _time = new() { Now = TestServer.Now };
    private string? _notice;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Server_ShowsTheNewCertificate_WhenLinksAreTurned_AndConnectionsLiveOn()
    {
        _folder.Issue("first");
        await using TestServer server = await TestServer.StartAsync(listen: ["https://127.0.0.1:0"], tls: _folder.Settings);
        using SslStream old = await ConnectAsync(server.Port);
        Assert.Equal("CN=first", old.RemoteCertificate!.Subject);
        _folder.Issue("second");
        await Eventually.Holds(
            async () =>
            {
                using SslStream stream = await ConnectAsync(server.Port);
                return stream.RemoteCertificate!.Subject == "CN=second";
            },
            TimeSpan.FromSeconds(30), () => "the new certificate was not taken up");
        using var connection = new RawConnection(old);
        await connection.SendAsync(Encoding.ASCII.GetBytes("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"));
        Assert.Equal("ok", (await connection.ReadAsync()).Text);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Server_Speaks_TlsOfBothVersions(SslProtocols version)
    {
        _folder.Issue("first");
        await using TestServer server = await TestServer.StartAsync(listen: ["https://127.0.0.1:0"], tls: _folder.Settings);
        using SslStream stream = await ConnectAsync(server.Port, version);
        Assert.Equal(version, stream.SslProtocol);
    }

    [Fact]
    public void Start_SaysWhy_WhenTheKeyIsAnothers()
    {
        _folder.Issue("first").IssueMismatched("second");
        Assert.Contains($"{_folder.Settings.Key} is not the private key", Assert.Throws<IOException>(() => Start().Dispose()).Message);
    }

    [Fact]
    public void Start_SaysWhatToDo_WhenTheKeyIsEncrypted()
    {
        _folder.Issue("first").EncryptKey();
        Assert.Contains("is encrypted", Assert.Throws<IOException>(() => Start().Dispose()).Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no certificate")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public void Start_NamesTheFile_WhenItHoldsNoCertificate(string text)
    {
        _folder.Issue("first").Write(text);
        Assert.Contains($"server.tls.certificate: {_folder.Settings.Certificate}", Assert.Throws<IOException>(() => Start().Dispose()).Message);
    }

    [Fact]
    public void Look_KeepsTheOldPairAndTellsOnce_WhenTheNewOneIsBroken()
    {
        _folder.Issue("first");
        using TlsCertificate tls = Start();
        Assert.Null(_notice);
        _folder.IssueMismatched("second");
        LookTimes(tls, 5);
        Assert.Contains("is refused, the one before it is in use", _notice);
        Assert.Single(_log.Lines, l => l.StartsWith("Error") && l.Contains("CN=first"));
        _folder.Issue("third");
        LookTimes(tls, 2);
        Assert.Null(_notice);
        Assert.Contains(_log.Lines, l => l.StartsWith("Information") && l.Contains("CN=third"));
    }

    [Fact]
    public void Look_WaitsForRest_WhenKeyAndCertificateAreWrittenOneAfterTheOther()
    {
        _folder.Issue("first");
        using TlsCertificate tls = Start();
        _folder.IssueMismatched("half");
        tls.Look();
        _folder.Issue("second");
        LookTimes(tls, 2);
        Assert.DoesNotContain(_log.Lines, l => l.StartsWith("Error"));
        Assert.Contains(_log.Lines, l => l.Contains("CN=second"));
    }

    [Fact]
    public void Look_KeepsTheOldPair_WhenTheFilesAreGone()
    {
        _folder.Issue("first");
        using TlsCertificate tls = Start();
        File.Delete(_folder.Settings.Key);
        LookTimes(tls, 2);
        Assert.Contains("is refused", _notice);
    }

    [Theory]
    [InlineData(-1, "has expired")]
    [InlineData(13, "expires on")]
    [InlineData(15, null)]
    public void Start_Warns_WhenTheCertificateEndsSoon(int days, string? words)
    {
        _folder.Issue("first", TestServer.Now.AddDays(days));
        using TlsCertificate tls = Start();
        Assert.Equal(words is null ? 0 : 1, _log.Lines.Count(l => l.StartsWith("Warning")));
        Assert.Equal(words is null, _notice is null);
        Assert.Contains(words ?? "", _notice ?? "");
    }

    [Fact]
    public void Look_WarnsOnceADay_WhenTheEndComesNear()
    {
        _folder.Issue("first", TestServer.Now.AddDays(15));
        using TlsCertificate tls = Start();
        for (int day = 0; day < 3; day++)
        {
            _time.Now += TimeSpan.FromDays(1.01);
            LookTimes(tls, 3);
        }
        Assert.Equal(3, _log.Lines.Count(l => l.StartsWith("Warning")));
    }

    private static async Task<SslStream> ConnectAsync(int port, SslProtocols versions = SslProtocols.None)
    {
        var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port);
        var stream = new SslStream(client.GetStream(), false, (_, _, _, _) => true);
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "x", EnabledSslProtocols = versions });
        return stream;
    }

    private static void LookTimes(TlsCertificate tls, int times)
    {
        for (int i = 0; i < times; i++)
            tls.Look();
    }

    private TlsCertificate Start()
    {
        var tls = new TlsCertificate(() => _folder.Settings, notice => _notice = notice, _time, _log);
        tls.Start();
        return tls;
    }
}
