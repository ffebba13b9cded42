using System.Text;
using Qschedd.Engine.Cron;

namespace Qschedd.Cli.Client;

/// <summary>Where a verb prints: results on stdout, progress and trouble on stderr.</summary>
/// <param name="Output">Results.</param>
/// <param name="Errors">Progress and trouble.</param>
/// <param name="Colour">Results go to a terminal, and nobody said NO_COLOR.</param>
/// <param name="Rewrites">Progress goes to a terminal: one line, written over and over. Else a line for each change.</param>
/// <param name="Zone">In which times are shown.</param>
internal sealed record Screen(TextWriter Output, TextWriter Errors, bool Colour, bool Rewrites, ZoneTable Zone)
{
    private string _progress = "";

    /// <summary>UTF-8 whatever the locale says: an answer is printed as it came.</summary>
    public static Screen OfProcess() => new(
        Writer(Console.OpenStandardOutput()),
        Writer(Console.OpenStandardError()),
        Colour: !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")),
        Rewrites: !Console.IsErrorRedirected,
        ZoneTable.Local);

    public string? At(long? ms) => Wording.At(ms, Zone);

    public void Say(string line) => Output.Write(line + "\n");

    public void Print(Table table, string indent = "") => table.Write(Output, Colour, indent);

    /// <summary>A line of trouble; progress makes way for it.</summary>
    public void Warn(string line)
    {
        ClearProgress();
        Errors.Write(line + "\n");
    }

    /// <param name="what">Changes seldom: a line each where lines cannot be rewritten.</param>
    /// <param name="elapsed">Shown on a terminal only.</param>
    public void Progress(string what, TimeSpan elapsed)
    {
        if (Rewrites)
            Errors.Write($"\r{what} ({Wording.Span((long)elapsed.TotalMilliseconds / 1000 * 1000)})\e[K");
        else if (what != _progress)
            Errors.Write(what + "\n");
        _progress = what;
    }

    public void ClearProgress()
    {
        if (Rewrites && _progress.Length > 0)
            Errors.Write("\r\e[K");
        _progress = "";
    }

    private static StreamWriter Writer(Stream stream) => new(stream, new UTF8Encoding(false)) { AutoFlush = true };
}
