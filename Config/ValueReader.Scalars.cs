using System.Globalization;
using Qschedd.Engine.Model;

namespace Qschedd.Config;

internal sealed partial class ValueReader
{
    private static readonly string[] FlagWords = ["yes", "no", "on", "off", "y", "n", "true", "false", "1", "0"];

    public string? Text(KeySpec key)
    {
        Position at = Next;
        if (Scalar(key) is not { } scalar)
            return null;
        if (TextFault(key, scalar.Text, isMultiline: key.Bounds.Min == 0) is not { } fault)
            return scalar.Text;
        Error(at, $"'{key.Name}' {fault}");
        return null;
    }

    public string? Name(KeySpec key, bool isJob)
    {
        Position at = Next;
        if (Scalar(key) is not { } scalar)
            return null;
        if (NameRule.FindFault(scalar.Text, scalar.Shown, isJob) is not { } fault)
            return StringPool.Apart(scalar.Text);
        Error(at, fault);
        return null;
    }

    /// <summary>Invariant: no message here shows any of the value.</summary>
    public Secret? Secret(KeySpec key)
    {
        Position at = Next;
        if (Scalar(key) is not { } scalar)
            return null;
        if (SecretFault(scalar) is not { } fault)
            return new Secret(scalar.Text);
        Error(at, $"'{key.Name}' {fault}");
        return null;
    }

    public bool? Flag(KeySpec key)
    {
        Position at = Next;
        if (Scalar(key) is not { } scalar)
            return null;
        if (scalar is { IsTyped: true, Text: "true" or "false" })
            return scalar.Text == "true";
        int word = Array.IndexOf(FlagWords, scalar.Text.ToLowerInvariant());
        string right = word % 2 == 0 ? "true" : "false";
        string hint = word < 0 ? "" : $": write {right}{(scalar.IsTyped ? "" : ", without quotes")}";
        Error(at, $"'{key.Name}' must be true or false, not {Shown.Quote(scalar.Shown)}{hint}");
        return null;
    }

    public int? Integer(KeySpec key)
    {
        Position at = Next;
        if (Scalar(key) is not { } scalar)
            return null;
        bool isWhole = long.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value);
        if (isWhole && scalar.IsTyped && key.Bounds.Holds(value))
            return (int)value;
        string hint = isWhole && !scalar.IsTyped ? ": write it without quotes" : "";
        Error(at, $"'{key.Name}' must be {ValueKinds.Whole(key.Bounds)}, not {Shown.Quote(scalar.Shown)}{hint}");
        return null;
    }

    public double? Number(KeySpec key)
    {
        Position at = Next;
        if (Scalar(key) is not { } scalar)
            return null;
        if (scalar.IsTyped && double.TryParse(scalar.Text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
            && key.Bounds.Holds(value))
            return value;
        Error(at, $"'{key.Name}' {ValueKinds.Must(key)}, not {Shown.Quote(scalar.Shown)}");
        return null;
    }

    public TimeSpan? Duration(KeySpec key)
    {
        Position at = Next;
        if (Scalar(key) is not { } scalar)
            return null;
        if (DurationText.Parse(scalar.Text, out string fault) is not { } value)
            Error(at, $"'{key.Name}' {Shown.Quote(scalar.Shown)}: {fault}");
        else if (value.TotalMilliseconds < key.Bounds.Min)
            Error(at, $"'{key.Name}' must be longer than 0s");
        else if (value.TotalMilliseconds > key.Bounds.Max)
            Error(at, $"'{key.Name}' {Shown.Quote(scalar.Shown)} is longer than {MaxOf(key)}, the longest there is");
        else
            return value;
        return null;
    }

    /// <summary>The index of the word.</summary>
    public int? Word(KeySpec key)
    {
        Position at = Next;
        if (Scalar(key) is not { } scalar)
            return null;
        int index = key.Words.IndexOf(scalar.Text);
        if (index >= 0)
            return index;
        string hint = Suggest.Near(scalar.Shown, key.Words) is { } near ? $"did you mean '{near}'? It is" : "it is";
        Error(at, $"'{key.Name}' {Shown.Quote(scalar.Shown)}: {hint} one of {string.Join(", ", key.Words)}");
        return null;
    }

    public string? Zone(KeySpec key)
    {
        Position at = Next;
        if (Scalar(key) is not { } scalar)
            return null;
        if (load.Zones.Has(scalar.Text))
            return load.Strings.Share(scalar.Text);
        List<string> near = load.Zones.Near(scalar.Shown);
        string hint = near.Count == 0 ? "use an IANA id such as Asia/Shanghai or UTC" : $"did you mean {string.Join(", ", near)}?";
        Error(at, $"unknown time zone {Shown.Quote(scalar.Shown)}: {hint}");
        return null;
    }

    public CronYaml? Cron(KeySpec key)
    {
        Position at = Next;
        bool isUnquoted = cursor.Scalar is { IsUnquotedCron: true };
        if (Scalar(key) is not { } scalar)
            return null;
        if (isUnquoted)
            Error(at, SyntaxWords.UnquotedCron);
        else if (load.Crons.FindFault(scalar.Text, out string cron) is { } fault)
            Error(scalar.Column > 0 ? at with { Column = scalar.Column + fault.Offset } : at, $"cron: {fault.Message}");
        else
            return new CronYaml { Text = cron, At = at };
        return null;
    }

    private static string MaxOf(KeySpec duration) => DurationText.Format(TimeSpan.FromMilliseconds(duration.Bounds.Max));

    private static string? TextFault(KeySpec key, string text, bool isMultiline) => text switch
    {
        _ when text.Length < key.Bounds.Min => "is empty: give it a value, or leave the key out",
        _ when text.Length > key.Bounds.Max => $"is longer than {key.Bounds.Max} characters",
        _ when Shown.HasControl(text, isMultiline) => "holds a control character or a line break: remove it",
        _ => null,
    };

    private static string? SecretFault(ResolvedScalar scalar) => scalar.Text switch
    {
        _ when string.IsNullOrWhiteSpace(scalar.Text) =>
            "is empty or blank: without a secret anyone could call; set one of 16 characters or more",
        _ when Shown.HasControl(scalar.Text) => "holds a control character or a line break, which no header can carry: remove it",
        _ when scalar.Text.Length != scalar.Text.Trim().Length => "begins or ends with a space, which a header would lose: remove it",
        _ when ReferenceEquals(scalar.Text, scalar.Shown) && scalar.Text.Contains("${", StringComparison.Ordinal) =>
            "holds '${' but neither ${env:NAME} nor ${file:/path}: write one of these",
        _ => null,
    };
}
