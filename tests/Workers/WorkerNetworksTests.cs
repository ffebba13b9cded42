using System.Net;
using System.Net.Sockets;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Workers;
using Qschedd.Workers.Xxl;

namespace Qschedd.Tests.Workers;

public sealed class WorkerNetworksTests
{
    private static readonly WorkerNetworks Elsewhere = new([WorkerNetworks.Parse("10.0.0.0/8")!.Value]);

    [Theory]
    [InlineData("10.200.0.1", true)]
    [InlineData("172.16.0.1", true)]
    [InlineData("172.32.0.1", false)]
    [InlineData("192.168.255.255", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("fd12::1", true)]
    [InlineData("::ffff:10.0.0.1", true)]
    [InlineData("::ffff:9.9.9.9", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("::", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("fe80::1", false)]
    [InlineData("100.100.100.200", false)]
    [InlineData("9.9.9.9", false)]
    [InlineData("2606:4700::1", false)]
    public void Default_AllowsPrivateRangesAndTheHost(string address, bool isAllowed) =>
        Assert.Equal(isAllowed, WorkerNetworks.Private.Allows(IPAddress.Parse(address)));

    [Theory]
    [InlineData("10.0.0.7", "10.0.0.7/32")]
    [InlineData("10.0.0.0/8", "10.0.0.0/8")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("::/0", "::/0")]
    [InlineData("fd00::1", "fd00::1/128")]
    [InlineData("10.1", null)]
    [InlineData("10.0.0.1/8", null)]
    [InlineData("10.0.0.0/33", null)]
    [InlineData("10.0.0.0/8/8", null)]
    [InlineData("worker.example", null)]
    [InlineData("", null)]
    public void Parse_TakesNetworksAndAddresses(string text, string? network) => Assert.Equal(network, WorkerNetworks.Parse(text)?.ToString());

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    [InlineData("[::ffff:127.0.0.1]")]
    public async Task WorkerOutside_IsNotConnectedTo_HoweverItIsNamed(string host)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        string worker = $"{host}:{((IPEndPoint)listener.LocalEndPoint!).Port}";
        using var link = new NativeLink(new NativeLimits { Networks = () => Elsewhere });

        RunOutcome outcome = await link.RunAsync(Samples.Request(worker), static _ => { }, CancellationToken.None);

        Assert.Equal(RunResult.NotDelivered, outcome.Result);
        Assert.Contains("is outside server.workerNetworks", outcome.Message, StringComparison.Ordinal);
        Assert.False(listener.Poll(0, SelectMode.SelectRead), "it was connected to");
    }

    [Fact]
    public async Task ExecutorOutside_IsNotConnectedTo_ForRunsKillsAndLogs()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        string worker = listener.LocalEndPoint!.ToString()!;
        using var native = new NativeLink(new NativeLimits { Networks = () => Elsewhere });
        using var link = new XxlLink(new XxlLimits { Connections = new NativeLimits { Networks = () => Elsewhere } }, TimeProvider.System);
        RunRequest request = Samples.Request(worker);

        string?[] words =
        [
            (await link.RunAsync(request, static _ => { }, CancellationToken.None)).Message,
            (await link.KillAsync(new KillRequest("t", request.Job, worker), CancellationToken.None)).Message,
            (await link.ReadLogAsync(new LogRequest(request.Job, worker, 1, 1, 0, 1), CancellationToken.None)!).Fault,
            (await native.KillAsync(new KillRequest("t", request.Job, worker), CancellationToken.None)).Message,
        ];

        Assert.All(words, said => Assert.Contains("is outside server.workerNetworks", said, StringComparison.Ordinal));
        Assert.False(listener.Poll(0, SelectMode.SelectRead), "it was connected to");
    }

    [Fact]
    public async Task Reload_Counts_ForTheNextConnection()
    {
        WorkerNetworks networks = Elsewhere;
        await using RawWorker worker = RawWorker.Answering(RawWorker.Response("202 Accepted", headers: "Connection: close\r\n"));
        using var link = new NativeLink(new NativeLimits { Networks = () => networks });
        Assert.Equal(RunResult.NotDelivered, (await link.RunAsync(Samples.Request(worker.Address), static _ => { }, CancellationToken.None)).Result);

        networks = WorkerNetworks.Private;

        Assert.Equal(RunResult.Accepted, (await link.RunAsync(Samples.Request(worker.Address), static _ => { }, CancellationToken.None)).Result);
    }
}
