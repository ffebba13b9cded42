using Qschedd.Engine.Model;

namespace Qschedd.Workers;

/// <summary>Texts from outside, cut to what a row of the history may hold, without NULs (PostgreSQL keeps none).</summary>
internal static class BoundedText
{
    public const int MessageBytesMax = 4 * 1024;

    /// <summary>A message of at most 4 KiB of UTF-8; null and empty are no message.</summary>
    public static string? Message(string? text) => string.IsNullOrEmpty(text) ? null : Head(text, MessageBytesMax);

    /// <summary>The beginning of a text, at most so many bytes of UTF-8.</summary>
    public static string Head(string text, int bytesMax) => Utf8Cut.Head(WithoutNul(text), bytesMax);

    /// <summary>The end of a text, at most so many bytes of UTF-8.</summary>
    public static string Tail(string text, int bytesMax) => Utf8Cut.Tail(WithoutNul(text), bytesMax);

    private static string WithoutNul(string text) => text.Contains('\0') ? text.Replace('\0', '\uFFFD') : text;
}
