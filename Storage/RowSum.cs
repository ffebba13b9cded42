using System.Numerics;
using System.Runtime.InteropServices;

namespace Qschedd.Storage;

/// <summary>
/// CRC-32C over the values of a row, kept with them: SQLite checks its structure, and not what a row says. Against failing disks and
/// memory, not against people. Each value counts with its type, and a text with its length, so that no two rows read the same.
/// </summary>
internal struct RowSum
{
    /// <summary>In place of a sum: not to be compared. For rows of earlier versions, and for those that were written by hand.</summary>
    public const int None = -1;

    private const byte IntegerTag = 1;
    private const byte TextTag = 3;
    private const byte NullTag = 5;

    private uint _crc;

    public readonly int Value => (int)_crc;

    public void Add(long value) => _crc = BitOperations.Crc32C(BitOperations.Crc32C(_crc, IntegerTag), (ulong)value);

    public void AddNull() => _crc = BitOperations.Crc32C(_crc, NullTag);

    public void AddText(ReadOnlySpan<byte> utf8) => AddBytes(TextTag, utf8);

    /// <summary>A value of a type that is never written.</summary>
    public void AddStray(int type, ReadOnlySpan<byte> bytes) => AddBytes((byte)type, bytes);

    private void AddBytes(byte tag, ReadOnlySpan<byte> bytes)
    {
        uint crc = BitOperations.Crc32C(BitOperations.Crc32C(_crc, tag), (ulong)bytes.Length);
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, MemoryMarshal.Read<ulong>(bytes));
            bytes = bytes[sizeof(ulong)..];
        }
        foreach (byte rest in bytes)
            crc = BitOperations.Crc32C(crc, rest);
        _crc = crc;
    }
}
