using System.Buffers;
using System.Globalization;
using System.Text;

namespace Qschedd.Config;

/// <summary>What a job or an app may be called: a job's name is one segment of a path, and both stand in commands.</summary>
internal static class NameRule
{
    public const int CharactersMax = 128;

    // Nearly all names are of these alone.
    private static readonly SearchValues<char> PlainLetters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    // They are endpoints: /api/jobs/on.do.
    private static readonly string[] Reserved = ["on", "off", "state", "kill", "register", "unregister"];

    /// <summary>Null: the name is right.</summary>
    /// <param name="name">The name.</param>
    /// <param name="shown">What the message may show of it.</param>
    /// <param name="isJob">It must differ from the endpoints that stand beside job names.</param>
    public static string? FindFault(string name, string shown, bool isJob)
    {
        if (name.Length == 0)
            return "the name is empty: use letters, digits, '.', '_' and '-'";
        if (isJob && Reserved.Contains(name))
            return $"the name '{name}' is an endpoint's (jobs/{name}.do): choose another";
        if (name.Length <= CharactersMax && !name.AsSpan().ContainsAnyExcept(PlainLetters))
            return null;
        int length = 0;
        foreach (Rune rune in name.EnumerateRunes())
        {
            if (++length > CharactersMax)
                return $"name {Shown.Quote(shown)} is longer than {CharactersMax} characters";
            if (!IsAllowed(rune))
                return $"name {Shown.Quote(shown)} holds {Shown.Quote(rune.ToString())}: use letters, digits, '.', '_' and '-'";
        }
        return null;
    }

    private static bool IsAllowed(Rune rune) => rune.Value is '.' or '_' or '-' || Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber
        or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;
}
