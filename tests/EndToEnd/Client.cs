using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Qschedd.Tests.Http;

namespace Qschedd.Tests.EndToEnd;

/// <summary>What a client verb of the published binary came to.</summary>
internal sealed partial record Client(int Exit, string Out, string Error)
{
    public static readonly string Folder = Path.Combine(Repo.Root, "tests", "EndToEnd", "Golden");

    public static Task<Client> RunAsync(string server, params string[] arguments) => RunAsync(server, DaemonProcess.AdminToken, arguments);

    public static async Task<Client> RunAsync(string server, string token, string[] arguments)
    {
        var (exit, output, error) = await Binary.RunAsync(arguments, EnvironmentOf(server, token));
        return new Client(exit, output, error);
    }

    /// <summary>For what runs until something else has happened.</summary>
    public static Process Start(string server, params string[] arguments) => Binary.Start(arguments, EnvironmentOf(server, DaemonProcess.AdminToken));

    public static async Task<Client> EndOf(Process process)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(patience.Token);
        return new Client(process.ExitCode, await output, await error);
    }

    public Client Succeeds()
    {
        Assert.True(Exit == 0, $"exit {Exit}: {Out}{Error}");
        return this;
    }

    /// <summary>Exit status 1, with these words on stderr.</summary>
    public Client Fails(params string[] words)
    {
        Assert.True(Exit == 1, $"exit {Exit}: {Out}{Error}");
        Assert.All(words, w => Assert.Contains(w, Error));
        return this;
    }

    /// <summary>Compares what a person sees with a golden file.</summary>
    /// <param name="name">Of the file.</param>
    /// <param name="squeeze">Where ids and ports set the columns' widths: a gap is two spaces, however wide it was.</param>
    /// <param name="fixedTimes">Times are part of what is compared.</param>
    public void Verify(string name, bool squeeze = false, bool fixedTimes = false)
    {
        string text = fixedTimes ? Out : Scrub(Out);
        Golden.Verify(Folder, name, "txt", Encoding.UTF8.GetBytes(squeeze ? Gap().Replace(text, "  ") : text));
    }

    private static Dictionary<string, string> EnvironmentOf(string server, string token) => new()
    {
        ["QSCHEDD_SERVER"] = server,
        ["QSCHEDD_TOKEN"] = token,
        ["TZ"] = "Asia/Shanghai",
    };

    /// <summary>An id's length varies, and with it where a message that holds one is cut.</summary>
    private static string Scrub(string text) =>
        Cut().Replace(Span().Replace(Port().Replace(Id().Replace(Time().Replace(text, "TTTT-TT-TT TT:TT:TT"), "TASK-ID"), "$1:PORT"), "SPAN"), "$1 …");

    [GeneratedRegex(@"20\d\d-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\+08:00)?")]
    private static partial Regex Time();

    [GeneratedRegex(@"\d{6}\.\d{6}\.[\d.]+\d")]
    private static partial Regex Id();

    [GeneratedRegex(@"(127\.0\.0\.\d):\d{4,5}")]
    private static partial Regex Port();

    [GeneratedRegex(@"\b\d+(\.\d)?m?s\b")]
    private static partial Regex Span();

    [GeneratedRegex(@"(task TASK-ID)\b[^\n…]*…")]
    private static partial Regex Cut();

    [GeneratedRegex(@"(?<=\S)  +")]
    private static partial Regex Gap();
}
