using System.Buffers.Binary;

namespace Qschedd.Tests.Engine.Cron;

/// <summary>Writes a zone file of version 1 (RFC 8536), for zones that do not exist.</summary>
internal static class TzifBytes
{
    private const int HeaderLength = 44;

    /// <summary>The first offset holds before its instant too.</summary>
    public static byte[] Of(List<(DateTime At, int Offset)> changes)
    {
        int count = changes.Count;
        byte[] file = new byte[HeaderLength + count * (4 + 1 + 6) + 1];
        "TZif"u8.CopyTo(file);
        foreach ((int index, int value) in new[] { (3, count), (4, count), (5, 1) })
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(20 + index * 4), value);
        Span<byte> times = file.AsSpan(HeaderLength), types = times[(count * 4)..], offsets = types[count..];
        for (int i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(times[(i * 4)..], (int)new DateTimeOffset(changes[i].At).ToUnixTimeSeconds());
            types[i] = (byte)i;
            BinaryPrimitives.WriteInt32BigEndian(offsets[(i * 6)..], changes[i].Offset);
        }
        return file;
    }
}
