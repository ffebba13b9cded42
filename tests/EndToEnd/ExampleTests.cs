using System.Diagnostics;

namespace Qschedd.Tests.EndToEnd;

/// <summary>What a new user sees first: jobs.example.yaml with the reference agent beside it.</summary>
public class ExampleTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Example_FiresItsLocalAndItsRemoteJob()
    {
        await using var daemon = new DaemonProcess();
        int agentPort = FreePort.Take();
        string yaml = await File.ReadAllTextAsync(Path.Combine(Repo.Root, "jobs.example.yaml"));
        yaml = yaml.Replace("8080", daemon.Port.ToString(), StringComparison.Ordinal)
            .Replace("127.0.0.1:20070", $"127.0.0.1:{agentPort}", StringComparison.Ordinal)
            .Replace("${env:DEMO_TOKEN}", DaemonProcess.Token, StringComparison.Ordinal)
            .Replace("${env:QSCHEDD_ADMIN_TOKEN}", DaemonProcess.AdminToken, StringComparison.Ordinal);
        await File.WriteAllTextAsync(daemon.ConfigPath, yaml);
        using var agent = StartAgent(agentPort);
        try
        {
            await daemon.StartAsync();
            foreach (string job in (string[])["qschedule.demo.local", "qschedule.demo.remote"])
                await Eventually.Holds(
                    async () => (int)(await daemon.JobAsync(job))["lastState"]! == 300, Patience,
                    () => $"{job} did not finish:\n{string.Join('\n', daemon.Lines)}");
            Assert.False((bool)(await daemon.JobAsync("qschedule.demo.off"))["state"]!);
            Assert.Equal(0, (int)(await daemon.JobAsync("qschedule.demo.manual"))["lastState"]!);
        }
        finally
        {
            agent.Kill();
            await agent.WaitForExitAsync();
        }
    }

    private static Process StartAgent(int port)
    {
        var agent = Binary.Start(
            ["agent", "--listen", $"127.0.0.1:{port}", "--commands", Path.Combine(Repo.Root, "packaging", "example-agent.yaml")],
            new Dictionary<string, string> { ["QSCHEDD_TOKEN"] = DaemonProcess.Token });
        agent.BeginOutputReadLine();
        agent.BeginErrorReadLine();
        return agent;
    }
}
