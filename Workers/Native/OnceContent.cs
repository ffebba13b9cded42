using System.Net;

namespace Qschedd.Workers.Native;

/// <summary>
/// A body that is written at most once and knows whether it was.
/// Invariant: while <see cref="WasSent"/> is false, not one byte of the request is on the wire, for the handler keeps the head
/// in its buffer until the body is asked for. That is what tells "not delivered" from "delivered or not is unknown".
/// SocketsHttpHandler repeats no request whose body has begun (only one without a body, or one that waits for 100 Continue);
/// should a release do so all the same, the second writing fails here, and the task is not run twice.
/// </summary>
internal sealed class OnceContent(ReadOnlyMemory<byte> body, Action sending) : HttpContent
{
    private int _writes;

    public ReadOnlyMemory<byte> Body { get; } = body;

    public bool WasSent => Volatile.Read(ref _writes) > 0;

    /// <summary>How often the handler asked for the body.</summary>
    public int Writes => Volatile.Read(ref _writes);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken stop)
    {
        if (Interlocked.Increment(ref _writes) > 1)
        {
            throw new IOException("the request was to be sent a second time");
        }
        sending();
        await stream.WriteAsync(Body, stop);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override bool TryComputeLength(out long length)
    {
        length = Body.Length;
        return true;
    }
}
