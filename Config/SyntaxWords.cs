namespace Qschedd.Config;

/// <summary>The YAML scanner's faults in an operator's words. Never shows the text at fault: it may be a secret.</summary>
internal static class SyntaxWords
{
    public const string Tab = "a tab in the indentation: YAML is indented with spaces";
    public const string UnquotedCron = "a cron that begins with * is an alias to YAML: quote it, as in cron: \"*/10 * * * * ?\"";

    public const string Unclosed = "this [ or { is not closed before the next key";
    public const string Unreadable = "not YAML: a [ or { above is not closed, or a value here needs quotes";

    public static bool IsTab(string fault) => Says(fault, "invalid tab") || Says(fault, "tab character");

    public static string Of(string fault, string textAtFault) => (fault, textAtFault) switch
    {
        (_, ['{', ..]) when textAtFault.StartsWith("{env:", StringComparison.Ordinal) || textAtFault.StartsWith("{file:", StringComparison.Ordinal)
            => "inside { } or [ ] a value with ${...} needs quotes, as in \"${env:NAME}\"",
        (_, ['*', ..]) => "a value that begins with * is an alias to YAML: quote it",
        (_, ['\t', ..]) => Tab,
        _ => Words(fault),
    };

    private static string Words(string fault) => fault switch
    {
        _ when Says(fault, "cannot start any token") => "a value cannot begin with this character: quote the value",
        _ when Says(fault, "invalid mapping") || Says(fault, "are not allowed in this context") => "': ' inside an unquoted value, or a key that is indented too far: quote the value, or align the key",
        _ when Says(fault, "did not find expected key") => "a key is expected here: check the indentation, and that nothing follows the end of a value",
        _ when Says(fault, "expected '-'") => "a list item ('- ') is expected here: check the indentation",
        _ when Says(fault, "quoted scalar, found unexpected end") => "this quote is never closed",
        _ when Says(fault, "unknown escape") => "an unknown escape in double quotes: use single quotes, or write \\\\ for one backslash",
        _ when Says(fault, "flow sequence, did not") => "',' or ']' is expected here: a list [a, b] is not closed",
        _ when Says(fault, "flow mapping, ") => "',' or '}' is expected here: a mapping {a: b} is not closed",
        _ when Says(fault, "simple key") => "':' is expected after a key: write it as 'key: value'",
        _ when Says(fault, "<document start>") || Says(fault, "<document end>") => "this does not belong to what is above it: check the indentation",
        _ when Says(fault, "node content") => "a value is expected here",
        _ when Says(fault, "wrong indentation") => "this quote is not closed on its line, and the next is not indented",
        _ when Says(fault, "anchor or alias") => "anchors (&) and aliases (*) are not accepted: quote the value",
        _ => $"not YAML: {char.ToLowerInvariant(fault[0])}{fault[1..].TrimEnd('.')}",
    };

    private static bool Says(string fault, string words) => fault.Contains(words, StringComparison.Ordinal);
}
