using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using YamlDotNet.Core;

namespace Qschedd.Config;

/// <summary>
/// The parser's events in their order. Those of a long text are made on a thread of their own, some batches ahead: where its items are not
/// plain, they cost as much as everything that is done with them.
/// </summary>
internal sealed class EventReader : IDisposable
{
    private const int BatchMax = 1024;
    private const int BatchesMax = 8;

    private readonly TextEvents _events;
    private readonly BlockingCollection<Batch>? _ahead;
    private volatile bool _isDropped;
    private Batch? _batch;
    private int _next;

    /// <summary>Of the batch read last: the next to be parsed takes its place. Owner: whichever of the two threads takes it out.</summary>
    private YamlEvent[]? _spare;

    /// <param name="text">Not to change before the last event.</param>
    /// <param name="sizes">Null: the usual.</param>
    public EventReader(ReadOnlyMemory<byte> text, YamlCutSizes? sizes = null)
    {
        sizes ??= YamlCutSizes.Usual;
        _events = new TextEvents(text, sizes);
        if (text.Length < sizes.LongBytesMin)
            return;
        _ahead = new BlockingCollection<Batch>(BatchesMax);
        new Thread(ParseAhead) { IsBackground = true, Name = "yaml parser" }.Start();
    }

    /// <summary>Where the scanner stood when <see cref="Next"/> threw: its own slips carry no position.</summary>
    public Mark FaultAt => _batch?.ScannerAt ?? Mark.Empty;

    /// <summary>Throws what the parser threw at this place. Not to be called after the event of the stream's end.</summary>
    public YamlEvent Next()
    {
        while (_batch is null || _next == _batch.Count)
            _batch = Following(_batch);
        return _batch.Events[_next++];
    }

    /// <summary>Lets the thread end when reading stops early: it waits for room, or looks after each batch.</summary>
    public void Dispose()
    {
        _isDropped = true;
        while (_ahead?.TryTake(out _) == true)
            continue;
    }

    private Batch Following(Batch? batch)
    {
        batch?.Fault?.Throw();
        if (batch is { IsLast: true })
            throw new InvalidOperationException("the stream has ended");
        _next = 0;
        Volatile.Write(ref _spare, batch?.Events);
        return _ahead?.Take() ?? Parse();
    }

    private void ParseAhead()
    {
        for (bool isLast = false; !isLast && !_isDropped;)
        {
            Batch batch = Parse();
            isLast = batch.IsLast;
            _ahead!.Add(batch);
        }
    }

    private Batch Parse()
    {
        var events = Interlocked.Exchange(ref _spare, null) ?? new YamlEvent[BatchMax];
        int count = 0;
        try
        {
            while (count < BatchMax && _events.TryNext(out events[count]))
                count++;
            return new Batch(events, count, null, default);
        }
        catch (Exception e)
        {
            // Any fault is the reader's to judge, at its place among the events.
            return new Batch(events, count, ExceptionDispatchInfo.Capture(e), _events.ScannerAt);
        }
    }

    private sealed record Batch(YamlEvent[] Events, int Count, ExceptionDispatchInfo? Fault, Mark ScannerAt)
    {
        public bool IsLast => Fault is not null || Count < BatchMax;
    }
}
