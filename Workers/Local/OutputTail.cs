using System.Text;

namespace Qschedd.Workers.Local;

/// <summary>The last 64 KiB of what a command wrote: a ring that grows to its bound and then goes round.</summary>
internal sealed class OutputTail
{
    public const int BytesMax = 64 * 1024;

    private byte[] _ring = [];
    private long _written;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > BytesMax)
        {
            _written += bytes.Length - BytesMax;
            bytes = bytes[^BytesMax..];
        }
        Grow(bytes.Length);
        int at = (int)(_written % _ring.Length);
        int first = Math.Min(bytes.Length, _ring.Length - at);
        bytes[..first].CopyTo(_ring.AsSpan(at));
        bytes[first..].CopyTo(_ring);
        _written += bytes.Length;
    }

    /// <summary>
    /// Valid UTF-8 of at most 64 KiB, null when nothing was written. A character that the cut goes through is left out;
    /// other bytes that are no UTF-8 become U+FFFD.
    /// </summary>
    public string? Text()
    {
        if (_written == 0)
        {
            return null;
        }
        ReadOnlySpan<byte> bytes = InOrder();
        if (_written > bytes.Length)
        {
            bytes = bytes[Math.Min(ContinuationBytesAtStart(bytes), 3)..];
        }
        return BoundedText.Tail(Encoding.UTF8.GetString(bytes), BytesMax);
    }

    /// <summary>Invariant: until the ring has its full size it has never gone round, so its bytes stand in order.</summary>
    private void Grow(int more)
    {
        long needed = Math.Min(_written + more, BytesMax);
        if (_ring.Length < needed)
        {
            Array.Resize(ref _ring, (int)Math.Min(Math.Max(needed, Math.Max(_ring.Length * 2L, 1024)), BytesMax));
        }
    }

    private ReadOnlySpan<byte> InOrder()
    {
        if (_written <= _ring.Length)
        {
            return _ring.AsSpan(0, (int)_written);
        }
        int start = (int)(_written % _ring.Length);
        return (byte[])[.. _ring.AsSpan(start), .. _ring.AsSpan(0, start)];
    }

    private static int ContinuationBytesAtStart(ReadOnlySpan<byte> bytes)
    {
        int count = 0;
        while (count < bytes.Length && (bytes[count] & 0xC0) == 0x80)
        {
            count++;
        }
        return count;
    }
}
