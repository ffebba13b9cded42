using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace Qschedd.Config;

/// <summary>What a plain scalar is in JSON.</summary>
internal enum JsonWord
{
    Text,
    Literal,
    /// <summary>A number that JSON, or who reads it, cannot hold.</summary>
    NoSuchNumber,
}

/// <summary>
/// YAML 1.2's core schema (section 10.3.2 of its specification): which plain scalars are null, booleans and numbers.
/// Digits stay as they are written, however many; only the form is made JSON's.
/// </summary>
internal static partial class CoreSchema
{
    public static JsonWord Read(string plain, out string? literal)
    {
        literal = plain switch
        {
            "" or "~" or "null" or "Null" or "NULL" => "null",
            "true" or "True" or "TRUE" => "true",
            "false" or "False" or "FALSE" => "false",
            _ => null,
        };
        if (literal is not null)
            return JsonWord.Literal;
        if (plain[0] is not (>= '0' and <= '9' or '.' or '+' or '-'))
            return JsonWord.Text;
        return Number(plain, out literal);
    }

    private static JsonWord Number(string plain, out string? literal)
    {
        // Nearly all numbers; what is short and plain needs no patterns.
        literal = plain;
        if (plain.Length < 16 && plain[0] is >= '1' and <= '9' && !plain.AsSpan().ContainsAnyExceptInRange('0', '9'))
            return JsonWord.Literal;
        literal = null;
        if (NotFinite().IsMatch(plain))
            return JsonWord.NoSuchNumber;
        if (Radix().IsMatch(plain))
            literal = FromRadix(plain);
        else if (Decimal().Match(plain) is { Success: true } match)
            literal = FromDecimal(match);
        if (literal is null)
            return JsonWord.Text;
        return double.IsFinite(double.Parse(literal, CultureInfo.InvariantCulture)) ? JsonWord.Literal : JsonWord.NoSuchNumber;
    }

    private static string FromDecimal(Match match)
    {
        string whole = match.Groups["whole"].Value.TrimStart('0');
        string fraction = match.Groups["fraction"].Value;
        string sign = match.Groups["sign"].Value == "-" ? "-" : "";
        return sign + (whole.Length == 0 ? "0" : whole) + (fraction == "." ? ".0" : fraction) + match.Groups["exponent"].Value;
    }

    private static string FromRadix(string plain)
    {
        int bits = plain[1] == 'x' ? 4 : 3;
        BigInteger value = BigInteger.Zero;
        foreach (char digit in plain.AsSpan(2))
            value = (value << bits) + Convert.ToInt32(digit.ToString(), 16);
        return value.ToString(CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^(0o[0-7]{1,1024}|0x[0-9a-fA-F]{1,1024})\z")]
    private static partial Regex Radix();

    [GeneratedRegex(
        @"^(?<sign>[-+]?)((?<whole>[0-9]+)(?<fraction>(\.[0-9]*)?)|(?<fraction>\.[0-9]+))(?<exponent>([eE][-+]?[0-9]+)?)\z",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Decimal();

    [GeneratedRegex(@"^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\z")]
    private static partial Regex NotFinite();
}
