using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Qschedd.Engine.Model;

/// <summary>
/// SHA-256 (FIPS 180-4) and HMAC (RFC 2104). The runtime's own come from the host's OpenSSL, without which they abort the process;
/// signing and comparing tokens must work on a host that has none. Held to the runtime's in the tests.
/// </summary>
internal static class Sha256
{
    public const int Bytes = 32;

    public const int BlockBytes = 64;

    private const int LengthBytes = 8;

    private const int RoundsOfBlock = 64;

    /// <summary>Those that stand in the block; the others are made of them.</summary>
    private const int FirstWords = 16;

    private const int BlocksAtOnce = 4;

    // The first 32 bits of the fractional parts of the square roots of the first 8 primes ...
    private static State Start =>
        new(0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19);

    // ... and of the cube roots of the first 64.
    private static ReadOnlySpan<uint> Rounds =>
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    public static byte[] Of(ReadOnlySpan<byte> text)
    {
        byte[] digest = new byte[Bytes];
        End(Start, text, before: 0, digest);
        return digest;
    }

    /// <summary>Of a key that signs more than once, make an <see cref="HmacKey"/>.</summary>
    public static byte[] Hmac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> text) => new HmacKey(key).Sign(text);

    /// <summary>The state after one block, from which <see cref="End"/> goes on.</summary>
    public static State After(ReadOnlySpan<byte> block)
    {
        var state = Start;
        Take(ref state, block);
        return state;
    }

    /// <summary>Takes the text and what closes it: a one bit, zeros, and the length in bits.</summary>
    /// <param name="state">After <paramref name="before"/> bytes.</param>
    /// <param name="text">All the rest.</param>
    /// <param name="before">Whole blocks.</param>
    /// <param name="digest">Where the <see cref="Bytes"/> of it go; it may be where the text is.</param>
    public static void End(State state, ReadOnlySpan<byte> text, long before, Span<byte> digest)
    {
        long bits = (before + text.Length) * 8;
        for (; text.Length >= BlocksAtOnce * BlockBytes; text = text[(BlocksAtOnce * BlockBytes)..])
            TakeFour(ref state, text[..(BlocksAtOnce * BlockBytes)]);
        for (; text.Length >= BlockBytes; text = text[BlockBytes..])
            Take(ref state, text[..BlockBytes]);
        Span<byte> last = stackalloc byte[2 * BlockBytes];
        last.Clear();
        text.CopyTo(last);
        last[text.Length] = 0x80;
        int length = text.Length + 1 + LengthBytes <= BlockBytes ? BlockBytes : 2 * BlockBytes;
        BinaryPrimitives.WriteInt64BigEndian(last[(length - LengthBytes)..], bits);
        Take(ref state, last[..BlockBytes]);
        if (length > BlockBytes)
            Take(ref state, last[BlockBytes..length]);
        state.WriteTo(digest);
    }

    [SkipLocalsInit]
    private static void Take(ref State state, ReadOnlySpan<byte> block)
    {
        Span<uint> words = stackalloc uint[RoundsOfBlock];
        for (int i = 0; i < FirstWords; i++)
            words[i] = Word(block, i);
        for (int i = FirstWords; i < words.Length; i++)
            words[i] = words[i - 16] + Small0(words[i - 15]) + words[i - 7] + Small1(words[i - 2]);
        var rounds = Rounds;
        for (int i = 0; i < words.Length; i++)
            words[i] += rounds[i];
        MixOnly(ref state, words);
    }

    /// <summary>
    /// The words of four blocks, which do not depend on the state, are made side by side: the signature of a task takes a quarter less.
    /// </summary>
    [SkipLocalsInit]
    private static void TakeFour(ref State state, ReadOnlySpan<byte> blocks)
    {
        Span<Vector128<uint>> words = stackalloc Vector128<uint>[RoundsOfBlock];
        for (int i = 0; i < FirstWords; i++)
            words[i] = Vector128.Create(
                Word(blocks, i), Word(blocks, i + FirstWords), Word(blocks, i + 2 * FirstWords), Word(blocks, i + 3 * FirstWords));
        for (int i = FirstWords; i < words.Length; i++)
            words[i] = words[i - 16] + Small0(words[i - 15]) + words[i - 7] + Small1(words[i - 2]);
        var rounds = Rounds;
        for (int i = 0; i < words.Length; i++)
            words[i] += Vector128.Create(rounds[i]);
        for (int block = 0; block < BlocksAtOnce; block++)
            MixOneOfFour(ref state, MemoryMarshal.Cast<Vector128<uint>, uint>(words), block);
    }

    private static void MixOnly(ref State state, ReadOnlySpan<uint> words) => Mix(ref state, words, first: 0, step: 1);

    private static void MixOneOfFour(ref State state, ReadOnlySpan<uint> words, int block) => Mix(ref state, words, block, BlocksAtOnce);

    /// <param name="state">Goes from block to block.</param>
    /// <param name="words">With the constants of their rounds, those of several blocks by turns.</param>
    /// <param name="first">Where this block's first one stands.</param>
    /// <param name="step">From one to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // so that the step is known
    private static void Mix(ref State state, ReadOnlySpan<uint> words, int first, int step)
    {
        (uint a, uint b, uint c, uint d) = (state.A, state.B, state.C, state.D);
        (uint e, uint f, uint g, uint h) = (state.E, state.F, state.G, state.H);
        // Eight rounds, after which each letter is back in its place: nothing is moved from one to the next meanwhile.
        for (int i = first; i < words.Length; i += 8 * step)
        {
            Round(a, b, c, ref d, e, f, g, ref h, words[i]);
            Round(h, a, b, ref c, d, e, f, ref g, words[i + step]);
            Round(g, h, a, ref b, c, d, e, ref f, words[i + 2 * step]);
            Round(f, g, h, ref a, b, c, d, ref e, words[i + 3 * step]);
            Round(e, f, g, ref h, a, b, c, ref d, words[i + 4 * step]);
            Round(d, e, f, ref g, h, a, b, ref c, words[i + 5 * step]);
            Round(c, d, e, ref f, g, h, a, ref b, words[i + 6 * step]);
            Round(b, c, d, ref e, f, g, h, ref a, words[i + 7 * step]);
        }
        state = new State(state.A + a, state.B + b, state.C + c, state.D + d, state.E + e, state.F + f, state.G + g, state.H + h);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(uint a, uint b, uint c, ref uint d, uint e, uint f, uint g, ref uint h, uint word)
    {
        uint sum1 = BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25);
        uint first = h + sum1 + (g ^ (e & (f ^ g))) + word;
        uint sum0 = BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22);
        d += first;
        h = first + sum0 + ((a & b) | (c & (a | b)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Word(ReadOnlySpan<byte> text, int index) => BinaryPrimitives.ReadUInt32BigEndian(text[(index * sizeof(uint))..]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Small0(uint near) => BitOperations.RotateRight(near, 7) ^ BitOperations.RotateRight(near, 18) ^ (near >> 3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Small1(uint far) => BitOperations.RotateRight(far, 17) ^ BitOperations.RotateRight(far, 19) ^ (far >> 10);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Small0(Vector128<uint> near) => RotateRight(near, 7) ^ RotateRight(near, 18) ^ (near >>> 3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Small1(Vector128<uint> far) => RotateRight(far, 17) ^ RotateRight(far, 19) ^ (far >>> 10);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> RotateRight(Vector128<uint> words, int bits) => (words >>> bits) | (words << (32 - bits));

    /// <summary>The eight words that go from block to block.</summary>
    internal readonly struct State(uint a, uint b, uint c, uint d, uint e, uint f, uint g, uint h)
    {
        public uint A { get; } = a;
        public uint B { get; } = b;
        public uint C { get; } = c;
        public uint D { get; } = d;
        public uint E { get; } = e;
        public uint F { get; } = f;
        public uint G { get; } = g;
        public uint H { get; } = h;

        public void WriteTo(Span<byte> digest)
        {
            ReadOnlySpan<uint> words = [A, B, C, D, E, F, G, H];
            for (int i = 0; i < words.Length; i++)
                BinaryPrimitives.WriteUInt32BigEndian(digest[(i * sizeof(uint))..], words[i]);
        }
    }
}
