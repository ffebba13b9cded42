namespace Qschedd.Config;

/// <summary>The YAML scanner's faults in an operator's words. Never shows the text at fault: it may be a secret.</summary>
internal static class SyntaxWords
{
    public const string Tab = "a tab in the indentation: YAML is indented with spaces";
    public const string UnquotedCron = "a cron that begins with * is an alias to YAML: quote it, as in cron: \"*/10 * * * * ?\"";

    public const string Unclosed = "this [ or { is not closed before the next key";
    public const string Unreadable = "not YAML: a [ or { above is not closed, or a value here needs quotes";

    private const string Quotes = "a value with ${...} needs quotes";
    private const string Misfit = "': ' inside an unquoted value, or a key that is indented too far: quote the value, or align the key";
    private const string Stray = "this does not belong to what is above it: check the indentation";
    private const string Open = "is not closed, or a value with [ or { needs quotes";

    // What the scanner says, in part, and what is said instead.
    private static readonly (string Scanner, string Ours)[] Words =
    [
        ("cannot start any token", "a value cannot begin with this character: quote the value"),
        ("invalid mapping", Misfit),
        ("are not allowed in this context", Misfit),
        ("did not find expected key", "a key is expected here: check the indentation, and that nothing follows the end of a value"),
        ("expected '-'", "a list item ('- ') is expected here: check the indentation"),
        ("quoted scalar, found unexpected end", "this quote is never closed"),
        ("unknown escape", "an unknown escape in double quotes: use single quotes, or write \\\\ for one backslash"),
        ("flow sequence, did not", $"',' or ']' is expected here: a list [a, b] {Open}"),
        ("flow mapping, ", $"',' or '}}' is expected here: a mapping {{a: b}} {Open}"),
        ("simple key", "':' is expected after a key: write it as 'key: value'"),
        ("<document start>", Stray),
        ("<document end>", Stray),
        ("node content", "a value is expected here"),
        ("wrong indentation", "this quote is not closed on its line, and the next is not indented"),
        ("anchor or alias", "anchors (&) and aliases (*) are not accepted: quote the value"),
    ];

    public static bool IsTab(string fault) => Says(fault, "invalid tab") || Says(fault, "tab character");

    public static string Of(string fault, string textAtFault) => textAtFault switch
    {
        _ when Begins(textAtFault, "{env:") || Begins(textAtFault, "{file:") => $"inside {{ }} or [ ] {Quotes}, as in \"${{env:NAME}}\"",
        ['*', ..] => "a value that begins with * is an alias to YAML: quote it",
        ['\t', ..] => Tab,
        _ => Array.Find(Words, known => Says(fault, known.Scanner)).Ours ?? $"not YAML: {fault.TrimEnd('.')}",
    };

    private static bool Begins(string text, string start) => text.StartsWith(start, StringComparison.Ordinal);

    private static bool Says(string fault, string words) => fault.Contains(words, StringComparison.Ordinal);
}
