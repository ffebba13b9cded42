using System.Text;
using System.Text.Unicode;

namespace Qschedd.Config;

/// <summary>Pieces of a text behind one another, decoded straight into the scanner's own buffer. Each is of whole characters.</summary>
internal sealed class Utf8Reader(params ReadOnlyMemory<byte>[] pieces) : TextReader
{
    private ReadOnlyMemory<byte> _rest;
    private int _next;

    /// <summary>The second half of a character for which there was room for one half; 0: none.</summary>
    private char _half;

    public override int Read(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));

    public override int Read(Span<char> to)
    {
        while (_rest.IsEmpty && _next < pieces.Length)
            _rest = pieces[_next++];
        if (to.IsEmpty || _half == 0 && _rest.IsEmpty)
            return 0;
        if (_half != 0)
            return ReadHalf(to);
        Utf8.ToUtf16(_rest.Span, to, out int read, out int written);
        _rest = _rest[read..];
        return written > 0 ? written : ReadSplit(to);
    }

    private int ReadHalf(Span<char> to)
    {
        to[0] = _half;
        _half = default;
        return 1;
    }

    private int ReadSplit(Span<char> to)
    {
        Span<char> halves = stackalloc char[2];
        Rune.DecodeFromUtf8(_rest.Span, out Rune rune, out int read);
        rune.EncodeToUtf16(halves);
        _rest = _rest[read..];
        (to[0], _half) = (halves[0], halves[1]);
        return 1;
    }
}
