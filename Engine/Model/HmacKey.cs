namespace Qschedd.Engine.Model;

/// <summary>A key of HMAC-SHA256 (RFC 2104), made ready: of the work on a short text half is the key's. Immutable.</summary>
internal sealed class HmacKey
{
    private readonly Sha256.State _inner;
    private readonly Sha256.State _outer;

    public HmacKey(ReadOnlySpan<byte> key)
    {
        Span<byte> block = stackalloc byte[Sha256.BlockBytes];
        block.Clear();
        (key.Length <= Sha256.BlockBytes ? key : Sha256.Of(key)).CopyTo(block);
        _inner = Padded(block, 0x36);
        _outer = Padded(block, 0x5c);
    }

    public byte[] Sign(ReadOnlySpan<byte> text)
    {
        byte[] signature = new byte[Sha256.Bytes];
        Sign(text, signature);
        return signature;
    }

    /// <param name="text">What is signed.</param>
    /// <param name="signature">Where the <see cref="Sha256.Bytes"/> of it go.</param>
    public void Sign(ReadOnlySpan<byte> text, Span<byte> signature)
    {
        signature = signature[..Sha256.Bytes];
        Sha256.End(_inner, text, Sha256.BlockBytes, signature);
        Sha256.End(_outer, signature, Sha256.BlockBytes, signature);
    }

    private static Sha256.State Padded(ReadOnlySpan<byte> key, byte pad)
    {
        Span<byte> block = stackalloc byte[Sha256.BlockBytes];
        for (int i = 0; i < block.Length; i++)
            block[i] = (byte)(key[i] ^ pad);
        return Sha256.After(block);
    }
}
