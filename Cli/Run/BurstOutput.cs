using System.Text;

namespace Qschedd.Cli.Run;

/// <summary>
/// Standard output for the log: a line that comes alone is written at once, those of a burst some milliseconds' worth at a time. With a
/// write for each, and a reader woken by each, the lines of ten thousand tasks a second cost a twentieth of all that is done for them.
/// </summary>
/// <remarks>Any thread. A reader that stalls holds up whoever writes, as it would without this, and no other thread.</remarks>
internal sealed class BurstOutput : TextWriter
{
    private const int BufferChars = 16 * 1024;

    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(10);

    /// <summary>At the end, for a reader that stalls.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim _stop = new();
    private readonly AutoResetEvent _gathers = new(false);
    private readonly StreamWriter _to;
    private readonly Thread _flusher;
    private long _flushedAt;
    private bool _isGathering;

    /// <param name="to">Owner: this.</param>
    public BurstOutput(Stream to)
    {
        _to = new StreamWriter(to, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), BufferChars) { NewLine = "\n" };
        _flushedAt = TimeProvider.System.GetTimestamp() - TimeProvider.System.TimestampFrequency;
        _flusher = new Thread(FlushBursts) { IsBackground = true, Name = "log output" };
        _flusher.Start();
    }

    public override Encoding Encoding => _to.Encoding;

    /// <summary>Puts it in the place of the console's output, until it is disposed; also when the process ends by a fault.</summary>
    public static BurstOutput TakeOver()
    {
        var output = new BurstOutput(Console.OpenStandardOutput());
        AppDomain.CurrentDomain.UnhandledException += (_, _) => output.TryFlush();
        Console.SetOut(output);
        return output;
    }

    public override void Write(char value) => Write(value.ToString());

    public override void Write(string? value)
    {
        lock (_gate)
        {
            _to.Write(value);
            if (_isGathering)
                return;
            if (TimeProvider.System.GetElapsedTime(_flushedAt) >= Gathering)
            {
                FlushNow();
                return;
            }
            _isGathering = true;
        }
        _gathers.Set();
    }

    public override void Flush()
    {
        lock (_gate)
            FlushNow();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_stop.IsSet)
        {
            _stop.Set();
            _gathers.Set();
            TryFlush();
        }
        base.Dispose(disposing);
    }

    private void FlushBursts()
    {
        while (_gathers.WaitOne() && !_stop.Wait(Gathering))
            Flush();
    }

    private void FlushNow()
    {
        _isGathering = false;
        _to.Flush();
        _flushedAt = TimeProvider.System.GetTimestamp();
    }

    private void TryFlush()
    {
        if (!_gate.TryEnter(Patience))
            return;
        try
        {
            FlushNow();
        }
        finally
        {
            _gate.Exit();
        }
    }
}
