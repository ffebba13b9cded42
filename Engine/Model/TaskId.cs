using System.Buffers;
using System.Globalization;

namespace Qschedd.Engine.Model;

/// <summary>The form of a task's id: <c>yyMMdd.HHmmss.&lt;server ip&gt;.&lt;pid&gt;.&lt;sequence&gt;</c>.</summary>
internal static class TaskId
{
    private const int CharsMax = 128;
    private static readonly SearchValues<char> HostChars =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:");

    public static bool HasShape(string text)
    {
        if (text.Length > CharsMax)
            return false;
        ReadOnlySpan<char> rest = text;
        return TakeFirst(ref rest, out ReadOnlySpan<char> date) && date.Length == 6 && IsNumber(date)
            && TakeFirst(ref rest, out ReadOnlySpan<char> time) && time.Length == 6 && IsNumber(time)
            && TakeLast(ref rest, out ReadOnlySpan<char> sequence) && IsNumber(sequence)
            && TakeLast(ref rest, out ReadOnlySpan<char> process) && IsNumber(process)
            && !rest.IsEmpty && !rest.ContainsAnyExcept(HostChars);
    }

    /// <summary>The number at its end, which is unique over all tasks; the rest is for people.</summary>
    public static bool TryGetSeq(string text, out long seq) =>
        long.TryParse(text.AsSpan(text.LastIndexOf('.') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out seq);

    private static bool IsNumber(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExceptInRange('0', '9');

    private static bool TakeFirst(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> part)
    {
        int dot = rest.IndexOf('.');
        part = dot < 0 ? default : rest[..dot];
        rest = rest[(dot + 1)..];
        return dot >= 0;
    }

    private static bool TakeLast(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> part)
    {
        int dot = rest.LastIndexOf('.');
        part = rest[(dot + 1)..];
        rest = dot < 0 ? default : rest[..dot];
        return dot >= 0;
    }
}
