using System.Buffers.Binary;

namespace Qschedd.Engine.Cron;

/// <param name="At">Epoch seconds of the first instant at which the offset is in force.</param>
/// <param name="Offset">Seconds east of UTC.</param>
internal readonly record struct ZoneChange(long At, int Offset);

/// <summary>
/// A compiled zone of the system's tz database (RFC 8536). Read directly, because TimeZoneInfo rounds offsets to minutes
/// (Africa/Monrovia was at -0:44:30 until 1972) and takes milliseconds to be asked for every change.
/// </summary>
internal static class TzifFile
{
    private const int HeaderLength = 44;

    /// <summary>
    /// The changes of a zone in their order up to the end of <paramref name="lastYear"/>, after one at
    /// <see cref="long.MinValue"/> for the oldest time. Null when the bytes are no such file, or count leap seconds.
    /// </summary>
    public static List<ZoneChange>? Read(ReadOnlySpan<byte> file, int lastYear)
    {
        if (!Header.TryRead(file, out Header header)) return null;
        int timeLength = 4;
        if (header.Version >= '2')
        {
            // The first block holds 32-bit times for old readers; the second is the same with 64 bits.
            int skip = HeaderLength + header.BlockLength(4);
            if (skip > file.Length || !Header.TryRead(file[skip..], out header)) return null;
            file = file[skip..];
            timeLength = 8;
        }
        if (header.Leaps != 0 || header.Types == 0 || file.Length < HeaderLength + header.BlockLength(timeLength)) return null;
        List<ZoneChange>? changes = ReadBlock(file[HeaderLength..], header, timeLength);
        if (changes is not null && timeLength == 8)
            AddYears(file[(HeaderLength + header.BlockLength(8))..], changes, lastYear);
        return changes;
    }

    private static List<ZoneChange>? ReadBlock(ReadOnlySpan<byte> block, in Header header, int timeLength)
    {
        ReadOnlySpan<byte> typeOf = block.Slice(header.Times * timeLength, header.Times);
        ReadOnlySpan<byte> types = block.Slice(header.Times * (timeLength + 1), header.Types * 6);
        var changes = new List<ZoneChange>(header.Times + 512) { new(long.MinValue, OffsetOf(types, 0)) };
        for (int i = 0; i < header.Times; i++)
        {
            if (typeOf[i] >= header.Types) return null;
            ReadOnlySpan<byte> time = block.Slice(i * timeLength, timeLength);
            long at = timeLength == 8 ? BinaryPrimitives.ReadInt64BigEndian(time) : BinaryPrimitives.ReadInt32BigEndian(time);
            if (at > changes[^1].At) changes.Add(new ZoneChange(at, OffsetOf(types, typeOf[i])));
        }
        return changes;
    }

    private static int OffsetOf(ReadOnlySpan<byte> types, int type) => BinaryPrimitives.ReadInt32BigEndian(types[(type * 6)..]);

    // The file's last line holds for the years after its table.
    private static void AddYears(ReadOnlySpan<byte> footer, List<ZoneChange> changes, int lastYear)
    {
        if (footer.Length < 2 || footer[0] != '\n') return;
        int end = footer[1..].IndexOf((byte)'\n');
        if (end < 0 || PosixZoneRule.Parse(footer.Slice(1, end)) is not { } rule) return;
        long last = changes[^1].At;
        var years = new List<ZoneChange>(2);
        for (int year = YearOf(last); year <= lastYear; year++)
        {
            years.Clear();
            rule.AddChanges(year, years);
            foreach (ZoneChange change in years)
                if (change.At > last) changes.Add(change);
        }
    }

    private static int YearOf(long second) => second switch
    {
        <= 0 => MonthTable.FirstYear,
        < MonthTable.EndOfTime => MonthTable.FirstYear + MonthTable.IndexOf((int)(second / 86400)) / 12,
        _ => MonthTable.LastYear + 1,
    };

    private readonly record struct Header(int Version, int UtFlags, int StdFlags, int Leaps, int Times, int Types, int Letters)
    {
        // No zone comes near it; it keeps the sums below in range.
        private const int CountMax = 100_000;

        public static bool TryRead(ReadOnlySpan<byte> file, out Header header)
        {
            header = default;
            if (file.Length < HeaderLength || !file.StartsWith("TZif"u8)) return false;
            header = new Header(file[4], Count(file, 0), Count(file, 1), Count(file, 2), Count(file, 3), Count(file, 4), Count(file, 5));
            return (uint)header.Times <= CountMax && (uint)header.Types <= 256 && (uint)header.Letters <= CountMax
                && (uint)header.Leaps <= CountMax && (uint)header.UtFlags <= 256 && (uint)header.StdFlags <= 256;
        }

        private static int Count(ReadOnlySpan<byte> file, int index) => BinaryPrimitives.ReadInt32BigEndian(file[(20 + index * 4)..]);

        public int BlockLength(int timeLength) =>
            Times * (timeLength + 1) + Types * 6 + Letters + Leaps * (timeLength + 4) + StdFlags + UtFlags;
    }
}
