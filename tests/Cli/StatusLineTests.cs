using Qschedd.Cli.Run;

namespace Qschedd.Tests.Cli;

public class StatusLineTests
{
    [Theory]
    [InlineData(null, null, "3 jobs, 2 on; 1 tasks running")]
    [InlineData("disk full", null, "disk full; 3 jobs, 2 on; 1 tasks running")]
    [InlineData("disk full", "a.yaml:1:1: error: x", "disk full; 3 jobs, 2 on; 1 tasks running; a.yaml:1:1: error: x")]
    public void Of_SaysWhatIsWrongFirst_WhenSomethingIs(string? trouble, string? notice, string line) =>
        Assert.Equal(line, StatusLine.Of(3, 2, 1, trouble, notice));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("@")]
    [InlineData("vsock:2:1234")]
    [InlineData("relative/path")]
    public void NotifySocket_IsNone_WhenTheAddressIsNoUnixSocket(string? address) => Assert.Null(NotifySocket.Open(address));

    [Fact]
    public void NotifySocket_SaysWhyAndDoesNotThrow_WhenNobodyListens()
    {
        using var socket = NotifySocket.Open("/nonexistent/notify")!;
        Assert.NotNull(socket.Send("READY=1"));
    }
}
