using System.Text;

namespace Qschedd.Cli;

/// <summary>
/// Takes text from any thread and writes what has come meanwhile with one call. Who logs never waits for who reads: past
/// <see cref="BytesMax"/> lines are dropped, and a line says how many.
/// </summary>
internal sealed class LineWriter : IDisposable
{
    public const int BytesMax = 2 * 1024 * 1024;

    /// <summary>A reader that stalls must not keep the process from ending.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    private readonly object _gate = new();
    private readonly Stream _output;
    private readonly Thread _thread;
    private byte[] _waiting = new byte[FirstBytes];
    private byte[] _spare = new byte[FirstBytes];
    private int _length;
    private long _dropped;
    private bool _isClosed;

    public LineWriter(Stream output)
    {
        _output = output;
        _thread = new Thread(Run) { IsBackground = true, Name = "log" };
        _thread.Start();
    }

    /// <param name="lines">Whole lines, each with its end.</param>
    public void Write(StringBuilder lines)
    {
        lock (_gate)
        {
            int bytesMax = Encoding.UTF8.GetMaxByteCount(lines.Length);
            if (_isClosed || _length + bytesMax > BytesMax)
            {
                _dropped++;
                return;
            }
            if (_length == 0)
                Monitor.Pulse(_gate);
            Grow(_length + bytesMax);
            foreach (ReadOnlyMemory<char> part in lines.GetChunks())
                _length += Encoding.UTF8.GetBytes(part.Span, _waiting.AsSpan(_length));
        }
    }

    /// <summary>Writes what waits.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.Pulse(_gate);
        }
        _thread.Join(Patience);
    }

    private void Run()
    {
        while (Take() is { } bytes)
        {
            try
            {
                _output.Write(bytes.Span);
                _output.Flush();
            }
            catch (IOException)
            {
                // Where would it be told? The reader is gone, or the disk of the log full: later lines may find it well again.
                lock (_gate)
                    _dropped++;
            }
        }
    }

    /// <summary>Waits for something to write. Null: the end.</summary>
    private ReadOnlyMemory<byte>? Take()
    {
        lock (_gate)
        {
            while (_length == 0 && !_isClosed)
                Monitor.Wait(_gate);
            if (_length == 0)
                return null;
            NoteDropped();
            var taken = _waiting.AsMemory(0, _length);
            (_waiting, _spare, _length) = (_spare, _waiting, 0);
            return taken;
        }
    }

    private void NoteDropped()
    {
        if (_dropped == 0)
            return;
        string note = $"{_dropped} log lines were dropped before this one: whoever reads the log does not keep up, or cannot write it\n";
        Grow(_length + note.Length);
        _length += Encoding.ASCII.GetBytes(note, _waiting.AsSpan(_length));
        _dropped = 0;
    }

    private void Grow(int bytes)
    {
        if (bytes > _waiting.Length)
            Array.Resize(ref _waiting, Math.Max(bytes, _waiting.Length * 2));
    }

    private const int FirstBytes = 16 * 1024;
}
