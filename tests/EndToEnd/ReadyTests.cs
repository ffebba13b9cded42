using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Qschedd.Tests.EndToEnd;

/// <summary><c>/readyz</c> of a daemon that listens on many addresses: they are bound one after the other, and the first is asked meanwhile.</summary>
public class ReadyTests
{
    /// <summary>Binding so many takes longer than an answer.</summary>
    private const int SocketCount = 1000;

    [Fact]
    public async Task Ready_IsSaid_WhenEveryAddressIsBound()
    {
        await using var daemon = new DaemonProcess();
        string[] paths = [.. Enumerable.Range(0, SocketCount).Select(n => Path.Combine(daemon.Directory, n.ToString(CultureInfo.InvariantCulture)))];
        string listen = string.Join(", ", paths.Select(path => $"\"unix:{path}\""));
        string server = $"server: {{listen: [\"http://127.0.0.1:{daemon.Port}\", {listen}]}}";
        await File.WriteAllTextAsync(daemon.ConfigPath, $"{server}\napps: [{{name: a, id: 1, token: {DaemonProcess.Token}, jobs: [{{name: j}}]}}]\n");
        Task<int> missing = Task.Run(() => MissingAtTheFirstYes(daemon.Port, paths));
        await daemon.StartAsync();
        Assert.Equal(0, await missing);
    }

    /// <summary>Asks without a pause, and takes the first yes at its word. A refusal in words is none.</summary>
    private static int MissingAtTheFirstYes(int port, string[] paths)
    {
        while (true)
        {
            string answer = Ask(port);
            if (answer.Contains(" 503 "))
                Assert.EndsWith("the daemon is starting", answer);
            if (answer.Contains(" 200 "))
                return paths.Count(path => !Connects(path));
        }
    }

    private static string Ask(int port)
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(IPAddress.Loopback, port);
            socket.Send("GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8);
            using var answer = new StreamReader(new NetworkStream(socket), Encoding.UTF8);
            return answer.ReadToEnd();
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return ""; // not listening yet
        }
    }

    private static bool Connects(string path)
    {
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
