using Qschedd.Cli.Client;

namespace Qschedd.Tests.Cli.Client;

public class ServerAddressTests
{
    [Theory]
    [InlineData("http://127.0.0.1:8080", "http://127.0.0.1:8080/", null, true)]
    [InlineData("http://127.0.0.9:8080/", "http://127.0.0.9:8080/", null, true)]
    [InlineData("http://[::1]:8080", "http://[::1]:8080/", null, true)]
    [InlineData("HTTP://LocalHost:81", "http://localhost:81/", null, true)]
    [InlineData("https://cron.example.com/qschedd/", "https://cron.example.com/qschedd/", null, false)]
    [InlineData("unix:/run/q.sock", "http://localhost/", "/run/q.sock", true)]
    [InlineData("unix:///run/q.sock", "http://localhost/", "/run/q.sock", true)]
    public void Parse_TakesIt_WhenItIsAnAddress(string text, string basis, string? socket, bool loopback)
    {
        ServerAddress address = ServerAddress.Parse(text, out string fault)!;
        Assert.Equal(("", basis, socket, loopback), (fault, address.Base, address.SocketPath, address.IsLoopback));
    }

    [Theory]
    [InlineData("")]
    [InlineData("127.0.0.1:8080")]
    [InlineData("ftp://host")]
    [InlineData("http://")]
    [InlineData("http://user:hunter2@host")]
    [InlineData("http://host?token=hunter2")]
    [InlineData("unix:relative")]
    public void Parse_SaysWhatWouldBeRight_WhenItIsNone(string text)
    {
        Assert.Null(ServerAddress.Parse(text, out string fault));
        Assert.NotEqual("", fault);
        Assert.DoesNotContain("hunter2", fault);
    }

    [Theory]
    [InlineData("..", "/api2/jobs/../why.do")]
    [InlineData("a/b 报", "/api2/jobs/a%2Fb%20%E6%8A%A5/why.do")]
    public void UrlOf_LeavesTheNameAlone_WhenItLooksLikeAPath(string name, string path) =>
        Assert.Equal(path, ServerAddress.Parse("http://h", out _)!.UrlOf($"api2/jobs/{ApiClient.Segment(name)}/why.do").PathAndQuery);
}
