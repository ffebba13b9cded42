using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Qschedd.Engine.Cron;

/// <summary>A stretch of time with one UTC offset. It ends where the next one of its table starts.</summary>
/// <param name="Start">Epoch seconds, inclusive.</param>
/// <param name="Offset">Seconds east of UTC.</param>
/// <param name="Seen">The wall clock had shown every reading before this one (or skipped it) when the stretch started.</param>
/// <param name="PlainFrom">Epoch seconds from which, in this stretch, no reading is a repeated one and no skipped time is still due.</param>
internal readonly record struct ZoneSpan(long Start, int Offset, long Seen, long PlainFrom);

/// <summary>
/// All UTC offsets of a zone from 1970 to 2200, worked out once. Immutable. What a change of the tz database brings is seen
/// after a restart.
/// </summary>
internal sealed class ZoneTable
{
    /// <summary>Beyond every instant and reading, and small enough to add to.</summary>
    private const long Forever = 1L << 61;

    // Readings of 1970 and of 2199 lie within two days of the same instants in UTC, in every zone.
    private const long From = -2 * 86400L;
    private const long To = MonthTable.EndOfTime + 2 * 86400L;

    // 48.5 days a bucket: most hold one change or none, so a look-up is one step, without a search.
    private const int BucketShift = 22;

    private static readonly ConcurrentDictionary<string, ZoneTable> Known = new(StringComparer.Ordinal);
    private static readonly Lazy<ZoneTable> Host = new(FindLocal);

    private readonly ZoneSpan[] _spans;
    private readonly ushort[] _buckets;

    public static readonly ZoneTable Utc = new("UTC", [new ZoneChange(long.MinValue, 0)]);

    private ZoneTable(string id, List<ZoneChange> changes)
    {
        Id = id;
        _spans = BuildSpans(changes);
        _buckets = BuildBuckets(_spans);
        OffsetMax = _spans.Max(span => span.Offset);
        OffsetMin = _spans.Min(span => span.Offset);
    }

    public string Id { get; }

    public int OffsetMax { get; }

    public int OffsetMin { get; }

    /// <summary>One offset for all time: <see cref="OffsetMax"/>.</summary>
    public bool IsFixed => _spans.Length == 2;

    /// <summary>In their order; the last one starts after all time and only ends the one before it.</summary>
    public ReadOnlySpan<ZoneSpan> Spans => _spans;

    /// <summary>The host's zone; UTC where the host does not say.</summary>
    public static ZoneTable Local => Host.Value;

    /// <summary>Null when the id is no IANA zone that the system's tz database has. Ids are case-sensitive.</summary>
    public static ZoneTable? Find(string ianaId)
    {
        ArgumentNullException.ThrowIfNull(ianaId);
        if (ianaId == Utc.Id) return Utc;
        if (Known.TryGetValue(ianaId, out ZoneTable? known)) return known;
        if (!TzDatabase.TryRead(ianaId, out byte[]? file) || !TryBuild(ianaId, file, out ZoneTable? zone)) return null;
        return Known.GetOrAdd(ianaId, zone);
    }

    /// <summary>A table from the bytes of a TZif file.</summary>
    public static bool TryBuild(string id, ReadOnlySpan<byte> tzif, [NotNullWhen(true)] out ZoneTable? zone)
    {
        List<ZoneChange>? changes = TzifFile.Read(tzif, MonthTable.LastYear);
        zone = changes is null ? null : new ZoneTable(id, changes);
        return zone is not null;
    }

    /// <summary>Seconds east of UTC at an instant. Before 1970 and after 2199 the nearest offset known.</summary>
    public int OffsetSecondsAt(long utcMs) => _spans[IndexAt(Math.DivRem(utcMs, 1000, out long rest) - (rest < 0 ? 1 : 0))].Offset;

    /// <summary>Index of the span that an instant, in epoch seconds, falls in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int IndexAt(long second)
    {
        ulong bucket = (ulong)(second - From) >> BucketShift;
        if (bucket >= (ulong)_buckets.Length) return second < From ? 0 : _spans.Length - 2;
        int index = _buckets[bucket];
        while (_spans[index + 1].Start <= second) index++;
        return index;
    }

    private static ZoneTable FindLocal()
    {
        string id = TimeZoneInfo.Local.Id;
        if (Find(id) is { } zone) return zone;
        // A host may have a zone file without a name: its id is whatever .NET calls it, and has to be found again by it.
        return TzDatabase.TryReadHostFile(out byte[]? file) && TryBuild(id, file, out zone) ? Known.GetOrAdd(id, zone) : Utc;
    }

    private static ZoneSpan[] BuildSpans(List<ZoneChange> changes)
    {
        int start = changes.FindLastIndex(change => change.At <= From);
        var spans = new List<ZoneSpan>(changes.Count - start + 1) { new(-Forever, changes[start].Offset, -Forever, -Forever) };
        foreach (ZoneChange change in CollectionsMarshal.AsSpan(changes)[(start + 1)..])
        {
            if (change.At < To && change.Offset != spans[^1].Offset) spans.Add(SpanAfter(spans[^1], change));
        }
        spans.Add(new ZoneSpan(Forever, 0, Forever, Forever));
        return [.. spans];
    }

    private static ZoneSpan SpanAfter(in ZoneSpan before, ZoneChange change)
    {
        long seen = Math.Max(before.Seen, change.At + before.Offset);
        // A skipped reading falls due at the instant it would have had under the offset before: the last one when the skip ends.
        long skippedUntil = Math.Max(before.PlainFrom, change.At + change.Offset - before.Offset);
        long plainFrom = Math.Max(skippedUntil, seen - change.Offset);
        return new ZoneSpan(change.At, change.Offset, seen, Math.Max(plainFrom, change.At));
    }

    private static ushort[] BuildBuckets(ZoneSpan[] spans)
    {
        var buckets = new ushort[(int)((To - From >> BucketShift) + 1)];
        int index = 0;
        for (int i = 0; i < buckets.Length; i++)
        {
            long start = From + ((long)i << BucketShift);
            while (spans[index + 1].Start <= start) index++;
            buckets[i] = (ushort)index;
        }
        return buckets;
    }
}
