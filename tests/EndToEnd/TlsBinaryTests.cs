using Qschedd.Tests.Http;

namespace Qschedd.Tests.EndToEnd;

/// <summary>The published binary speaks TLS by the host's OpenSSL, and takes up what an operator renews.</summary>
public class TlsBinaryTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Https_IsServed_AndARenewedCertificateIsTakenUpAndABrokenOneIsNot()
    {
        using TlsFolder tls = new TlsFolder().Issue("first");
        await using var daemon = new DaemonProcess();
        int port = FreePort.Take();
        await File.WriteAllTextAsync(daemon.ConfigPath, $$"""
            server:
              listen: [http://127.0.0.1:{{daemon.Port}}, https://127.0.0.1:{{port}}]
              tls: {certificate: {{tls.Settings.Certificate}}, key: {{tls.Settings.Key}}}
            """);
        await daemon.StartAsync();
        Assert.Equal("CN=first", await SubjectAsync(port));
        tls.Issue("second");
        await Eventually.Holds(async () => await SubjectAsync(port) == "CN=second", Patience, () => "the new certificate was not taken up");
        tls.IssueMismatched("third");
        await Eventually.Holds(
            async () => (await daemon.GetAsync("readyz")).Contains("the TLS certificate on disk is refused", StringComparison.Ordinal),
            Patience, () => "readyz says nothing");
        Assert.Equal("CN=second", await SubjectAsync(port));
        Assert.Equal(0, await daemon.TerminateAsync());
    }

    [Fact]
    public async Task Start_SaysWhy_WhenThePairDoesNotFit()
    {
        using TlsFolder tls = new TlsFolder().Issue("first");
        tls.IssueMismatched("second");
        await using var place = new DaemonProcess();
        await File.WriteAllTextAsync(place.ConfigPath, $$"""
            server:
              listen: https://127.0.0.1:{{place.Port}}
              tls: {certificate: {{tls.Settings.Certificate}}, key: {{tls.Settings.Key}}}
            """);
        var (exit, _, error) = await Binary.RunAsync(["run", "-c", place.ConfigPath]);
        Assert.Equal(1, exit);
        Assert.Contains($"{tls.Settings.Key} is not the private key", error, StringComparison.Ordinal);
    }

    private static async Task<string> SubjectAsync(int port)
    {
        string subject = "";
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, certificate, _, _) => (subject = certificate!.Subject).Length > 0,
        };
        using var http = new HttpClient(handler);
        Assert.Equal("ok", await http.GetStringAsync($"https://127.0.0.1:{port}/healthz"));
        return subject;
    }
}
