using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Qschedd.Engine.Figures;

namespace Qschedd.Http;

/// <summary>
/// Makes guessing tokens slow and visible: 1. each call with a token that opens nothing counts for its sender, an IPv4 address or an
/// IPv6 /64; 2. past ten of them in a minute the answers to its further ones come a second late; 3. past a bound on waiting answers
/// they come at once, and end the connection, so that each guess costs a new one. A right token is never held up, whoever else
/// calls from the same address: an operator or a neighbour behind the same gateway cannot be locked out.
/// </summary>
internal sealed partial class TokenGuard(TimeProvider clock, ILogger logger)
{
    public const int FreePerMinute = 10;
    public const int WaitingMax = 256;
    public const int WaitingPerSenderMax = 8;
    public const int LinesPerMinuteMax = 20;

    /// <summary>Senders that are remembered; past it the one that was quiet longest is forgotten.</summary>
    public const int SendersMax = 4096;

    public static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<Sender, LinkedListNode<Tally>> _known = [];
    private readonly LinkedList<Tally> _quietestFirst = new();
    private readonly Tally _lines = new(default);
    private int _waiting;
    private long _failed;
    private long _delayed;
    private long _cut;

    /// <summary>Calls with a token that opens nothing.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Those whose answers came late.</summary>
    public long Delayed => Interlocked.Read(ref _delayed);

    /// <summary>Those that cost their sender the connection.</summary>
    public long Cut => Interlocked.Read(ref _cut);

    public int Waiting => Volatile.Read(ref _waiting);

    public int Senders
    {
        get
        {
            lock (_gate)
                return _known.Count;
        }
    }

    public void Write(MetricsText text)
    {
        text.Counter("qschedd_http_wrong_tokens_total", "Calls with a token that opens nothing.", Failed);
        text.Counter("qschedd_http_wrong_tokens_delayed_total", "Those answered a second late, after ten in a minute from one address.", Delayed);
        text.Counter("qschedd_http_wrong_tokens_cut_total", "Those that cost their sender the connection, as too many waited.", Cut);
    }

    /// <summary>The answer to a call with a token that opens nothing, when it may go out.</summary>
    /// <param name="refusal">What it is told.</param>
    /// <param name="address">Whose call it is; null: of a local socket.</param>
    /// <param name="gone">Nobody waits for the answer any more.</param>
    public async ValueTask<Answer> HoldAsync(Answer refusal, IPAddress? address, CancellationToken gone)
    {
        Interlocked.Increment(ref _failed);
        Tally tally = Count(Sender.Of(address), out bool isFree, out bool mayWait);
        if (isFree)
            return refusal;
        if (!mayWait)
        {
            Interlocked.Increment(ref _cut);
            return refusal.Closing();
        }
        try
        {
            Interlocked.Increment(ref _delayed);
            await Task.Delay(Wait, clock, gone);
            return refusal;
        }
        finally
        {
            lock (_gate)
                (_waiting, tally.Waiting) = (_waiting - 1, tally.Waiting - 1);
        }
    }

    private Tally Count(Sender sender, out bool isFree, out bool mayWait)
    {
        lock (_gate)
        {
            Tally tally = Remember(sender);
            isFree = tally.Add(clock, Minute) <= FreePerMinute;
            mayWait = !isFree && _waiting < WaitingMax && tally.Waiting < WaitingPerSenderMax;
            if (mayWait)
                (_waiting, tally.Waiting) = (_waiting + 1, tally.Waiting + 1);
            if (tally.Count == FreePerMinute + 1)
                Tell(tally);
            return tally;
        }
    }

    private Tally Remember(Sender sender)
    {
        if (_known.TryGetValue(sender, out LinkedListNode<Tally>? node))
        {
            _quietestFirst.Remove(node);
        }
        else
        {
            if (_known.Count == SendersMax)
            {
                _known.Remove(_quietestFirst.First!.Value.Sender);
                _quietestFirst.RemoveFirst();
            }
            _known[sender] = node = new LinkedListNode<Tally>(new Tally(sender));
        }
        _quietestFirst.AddLast(node);
        return node.Value;
    }

    /// <summary>One line for each sender and minute, and few in all: who has a thousand addresses must not fill the log.</summary>
    private void Tell(Tally tally)
    {
        int lines = _lines.Add(clock, Minute);
        if (lines == 1 && _lines.Before > LinesPerMinuteMax)
            LogMore(_lines.Before - LinesPerMinuteMax);
        if (lines <= LinesPerMinuteMax)
            LogGuessing(tally.Sender.ToString(), FreePerMinute, tally.Before, (long)Wait.TotalMilliseconds);
    }

    [LoggerMessage(LogLevel.Warning, "{Sender}: more than {Free} calls within a minute with a token that opens nothing ({Before} in the minute before); "
        + "answers to more of them come {WaitMs} ms late, those to right tokens at once")]
    private partial void LogGuessing(string sender, int free, int before, long waitMs);

    [LoggerMessage(LogLevel.Warning, "{Count} more senders than were named tried tokens that open nothing in the minute before")]
    private partial void LogMore(int count);

    /// <summary>Of one sender, under the gate. A minute begins with its first failure.</summary>
    private sealed class Tally(Sender sender)
    {
        private long _since = long.MinValue;

        public Sender Sender { get; } = sender;
        public int Count { get; private set; }
        public int Before { get; private set; }
        public int Waiting { get; set; }

        public int Add(TimeProvider clock, TimeSpan minute)
        {
            long now = clock.GetTimestamp();
            TimeSpan age = _since == long.MinValue ? TimeSpan.MaxValue : clock.GetElapsedTime(_since, now);
            if (age >= minute)
                (_since, Before, Count) = (now, age < 2 * minute ? Count : 0, 0);
            return ++Count;
        }
    }

    /// <summary>Whoever holds one address of an IPv6 /64 holds them all.</summary>
    private readonly record struct Sender(AddressFamily Family, ulong Network)
    {
        public static Sender Of(IPAddress? address)
        {
            if (address is null)
                return new(AddressFamily.Unix, 0);
            Span<byte> bytes = stackalloc byte[16];
            address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
            address.TryWriteBytes(bytes, out _);
            return address.AddressFamily == AddressFamily.InterNetwork
                ? new(AddressFamily.InterNetwork, BinaryPrimitives.ReadUInt32BigEndian(bytes))
                : new(AddressFamily.InterNetworkV6, BinaryPrimitives.ReadUInt64BigEndian(bytes));
        }

        public override string ToString()
        {
            Span<byte> bytes = stackalloc byte[16];
            bytes.Clear();
            if (Family == AddressFamily.InterNetwork)
            {
                BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)Network);
                return new IPAddress(bytes[..4]).ToString();
            }
            BinaryPrimitives.WriteUInt64BigEndian(bytes, Network);
            return Family == AddressFamily.InterNetworkV6 ? $"{new IPAddress(bytes)}/64" : "a local socket";
        }
    }
}
