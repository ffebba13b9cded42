using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace Qschedd.Http;

/// <summary>What became of reading a body.</summary>
internal enum BodyResult
{
    Read,
    TooLarge,
    /// <summary>All bodies together hold what they may.</summary>
    Busy,
}

/// <summary>Reads one request's body into rented memory that <see cref="Dispose"/> gives back, with its part of the budget.</summary>
internal sealed class BodyReader(ByteBudget budget) : IDisposable
{
    private readonly PooledBuffer _buffer = new(HttpLimits.FreeBodyBytes);
    private long _taken;

    public ReadOnlyMemory<byte> Body => _buffer.Written;

    /// <summary>A sender that goes away or is too slow ends in an exception of Kestrel's, which knows what to answer.</summary>
    /// <param name="mayDrain">The sender is writing already: what is too large is read to its end, within bounds.</param>
    public async ValueTask<BodyResult> ReadAsync(PipeReader reader, long? length, bool mayDrain)
    {
        BodyResult result = length > HttpLimits.BodyBytesMax ? BodyResult.TooLarge : BodyResult.Read;
        if (result != BodyResult.Read && !mayDrain)
            return result;
        try
        {
            bool completed = false;
            while (!completed)
            {
                ReadResult read = await reader.ReadAsync();
                completed = read.IsCompleted;
                if (result == BodyResult.Read)
                    result = Keep(read.Buffer);
                reader.AdvanceTo(read.Buffer.End);
                completed |= result == BodyResult.Busy;
            }

            return result;
        }
        catch (BadHttpRequestException e) when (e.StatusCode == 413)
        {
            // Past what is drained: the answer goes out now, and the connection with it.
            return BodyResult.TooLarge;
        }
    }

    public void Dispose()
    {
        _buffer.Dispose();
        budget.Give(_taken);
        _taken = 0;
    }

    private BodyResult Keep(ReadOnlySequence<byte> bytes)
    {
        long length = _buffer.Length + bytes.Length;
        if (length > HttpLimits.BodyBytesMax)
            return BodyResult.TooLarge;
        if (!Afford(length))
            return BodyResult.Busy;
        foreach (ReadOnlyMemory<byte> part in bytes)
            _buffer.Write(part.Span);
        return BodyResult.Read;
    }

    /// <summary>A buffer doubles as it grows, so a body is charged twice its length.</summary>
    private bool Afford(long length)
    {
        if (length <= HttpLimits.FreeBodyBytes)
            return true;
        long more = (2 * length) - _taken;
        if (!budget.TryTake(more))
            return false;
        _taken += more;
        return true;
    }
}
