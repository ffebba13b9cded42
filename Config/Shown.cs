using System.Text;

namespace Qschedd.Config;

/// <summary>Text of a file inside a message: short, on one line, without control characters.</summary>
internal static class Shown
{
    private const int CharactersMax = 80;

    public static bool HasControl(string text, bool isMultiline = false)
    {
        foreach (char c in text)
        {
            if (char.IsControl(c) && !(isMultiline && c is ('\n' or '\t')))
                return true;
        }
        return false;
    }

    public static string Quote(string text)
    {
        var shown = new StringBuilder("'");
        int left = CharactersMax;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (left-- == 0)
                break;
            shown.Append(Rune.IsControl(rune) ? $"\\u{rune.Value:x4}" : rune.ToString());
        }
        return shown.Append(text.Length > CharactersMax ? "...'" : "'").ToString();
    }
}
