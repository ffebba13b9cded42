using System.Buffers;
using System.Text.RegularExpressions;

namespace Qschedd.Tests.Architecture;

/// <summary>A rule on a file's text. Matches are sought in the code alone, unless the rule is about comments too.</summary>
internal sealed record BannedCode(string Name, Regex Pattern, string Instead)
{
    public bool InComments { get; init; }

    /// <summary>Files, or folders with a slash at the end, that may.</summary>
    public string[] Allowed { get; init; } = [];

    /// <summary>More that a match must be, given the file's text at its place.</summary>
    public Func<string, Match, bool> Unless { get; init; } = (_, _) => false;

    private static readonly SearchValues<string> Comments = SearchValues.Create(["//", "/*"], StringComparison.Ordinal);
    private static readonly string[] ClockReaders = ["Engine/Clock/", "Cli/", "Program.cs"];

    /// <summary>In what ships.</summary>
    public static readonly BannedCode[] InSources =
    [
        new("async void", new(@"\basync\s+void\b"), "return a Task"),
        new("lock (this)", new(@"\block\s*\(\s*this\s*\)"), "lock a private object"),
        new("local time", new(@"\bDateTime(Offset)?\s*\.\s*(Now|Today)\b"), "instants are UTC; ask a TimeProvider or the alarm"),
        new("the clock behind our back", new(@"\bDateTime(Offset)?\s*\.\s*UtcNow\b"), "ask a TimeProvider or the alarm") { Allowed = ClockReaders },
        new("catch-all that records nothing", new(@"\bcatch\s*(\(\s*(System\.)?Exception\b[^)]*\)\s*)?\{\s*\}"), "record what was caught, or catch less"),
        new("OpenSSL's hashes", new(@"\b(HMAC)?SHA\d+\s*\.\s*(HashData|Create)\b"), "a host without OpenSSL would see the process abort: use Engine/Model/Sha256.cs"),
        new("silent catch", new(@"\bcatch\s*\([^)]*\)\s*(when\s*\((?>[^()]|(?<open>\()|(?<-open>\)))*\)\s*)?\{\s*\}"), "say in it why nothing is to be done")
        {
            Unless = (text, match) => text.AsSpan(match.Index, match.Length).ContainsAny(Comments),
        },
    ];

    /// <summary>In the tests.</summary>
    public static readonly BannedCode[] InTests =
    [
        new("async void", new(@"\basync\s+void\b"), "return a Task"),
        new("sleep", new(@"\b(Thread\s*\.\s*Sleep|Task\s*\.\s*Delay)\b"), "wait for the event itself, or move a clock by hand"),
    ];

    /// <summary>In both.</summary>
    public static readonly BannedCode[] Everywhere =
    [
        new("a note of what is left to do", new(@"\b(TO" + @"DO|FIX" + @"ME)\b"), "do it, or leave it out") { InComments = true },
    ];

    public IEnumerable<string> Breaches(SourceFile file)
    {
        if (Allowed.Any(path => path == file.Path || path.EndsWith('/') && file.Path.StartsWith(path, StringComparison.Ordinal)))
            return [];
        return Pattern.Matches(InComments ? file.Text : file.Code)
            .Where(match => !Unless(file.Text, match))
            .Select(match => $"{file.Path}:{file.LineOf(match.Index)}: {Name}: {Instead}");
    }
}
