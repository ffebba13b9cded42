using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Qschedd.Engine.Model;

/// <summary>
/// Reads an http or https URL that came from outside. <see cref="Uri"/> by itself takes other schemes and paths for absolute URLs, and
/// of texts with invisible marks it throws: <c>//</c> and a direction mark is an IndexOutOfRangeException of its own.
/// </summary>
internal static class WebUrl
{
    public static bool TryRead(string? text, [NotNullWhen(true)] out Uri? url)
    {
        url = null;
        return text is not null && HasScheme(text) && !text.Any(IsInvisible)
            && Uri.TryCreate(text, UriKind.Absolute, out url) && url.Scheme is ("http" or "https");
    }

    private static bool HasScheme(string text) =>
        text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    private static bool IsInvisible(char c) => char.GetUnicodeCategory(c)
        is UnicodeCategory.Format or UnicodeCategory.Control or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
