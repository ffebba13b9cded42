using System.Net;
using Qschedd.Engine.Model;

namespace Qschedd.Tests.Config;

public class WorkerNetworksTests
{
    [Fact]
    public void Networks_Arrive_AndDefaultToPrivateOnes()
    {
        Assert.Same(WorkerNetworks.Private, ConfigFolder.CatalogOf("apps: []\n").Server.WorkerNetworks);
        WorkerNetworks given = ConfigFolder.CatalogOf("server: {workerNetworks: [9.9.9.0/24, \"2606::/16\", 8.8.8.8]}\n").Server.WorkerNetworks;
        Assert.Equal("9.9.9.0/24, 2606::/16, 8.8.8.8/32", given.ToString());
        Assert.False(given.Allows(IPAddress.Loopback));
    }

    [Theory]
    [InlineData("[9.9.9.9:1]", 1, "9.9.9.9:1", "9.9.9.9")]
    [InlineData("[10.0.0.1:1, {address: 169.254.169.254:80, hostname: h}]", 13, "169.254.169.254:80", "169.254.169.254")]
    [InlineData("[\"[2606::1]:20010\"]", 1, "[2606::1]:20010", "2606::1")]
    public void WorkerByNumberOutside_IsAnError_WithTheFix(string workers, int column, string address, string host)
    {
        string error = Assert.Single(ConfigFolder.ErrorsOf(ConfigFolder.App($"workers: {workers}", "- {name: j}")));
        Assert.Equal(
            $"q.yaml:5:{14 + column}: error: worker '{address}' is outside server.workerNetworks (private ranges and loopback): "
            + $"add its network there, as in workerNetworks: [\"{host}\"]", error);
    }

    [Fact]
    public void WorkerOutside_IsAnError_WhenJobsInheritWhatStandsBehindThem()
    {
        string error = Assert.Single(ConfigFolder.ErrorsOf("""
            server: {}
            apps:
              - name: a
                id: 1
                token: t
                jobs: [{name: j}]
                workers: [9.9.9.9:1]
            """));
        Assert.StartsWith("q.yaml:7:15: error: worker '9.9.9.9:1' is outside server.workerNetworks", error);
    }

    [Fact]
    public void WorkerOutside_IsRight_WhenItsNetworkIsGivenInAnotherFile()
    {
        using var folder = new ConfigFolder();
        folder.With("a.yaml", ConfigFolder.App("workers: [9.9.9.9:1, worker.example:1]", "- {name: j}"));
        Assert.Single(folder.LoadFolder().Errors);
        Assert.Empty(folder.With("b.yaml", "server: {workerNetworks: [9.9.9.9]}\n").LoadFolder().Errors);
    }

    [Theory]
    [InlineData("[10.0.0.1/8]", "is no network: write it as 10.1.0.0/16")]
    [InlineData("[worker.example]", "is no network")]
    [InlineData("[]", "allows no worker at all")]
    [InlineData("10.0.0.0/8", "must be a list, as in workerNetworks: [10.0.0.0/8, 192.168.0.0/16]")]
    public void Networks_AreRefused_WhenTheyAreNone(string value, string because) =>
        Assert.Contains(because, Assert.Single(ConfigFolder.ErrorsOf($"server: {{workerNetworks: {value}}}\n")), StringComparison.Ordinal);
}
