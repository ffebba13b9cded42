namespace Qschedd.Engine;

/// <summary>
/// Hand-overs of one step that one thread begins, and the message that some of them are over already. Made by the loop; then owned by that
/// thread, and by the loop again when it is posted.
/// </summary>
internal sealed class HandoverBatch(Requests requests, ReadOnlySpan<Handover> handovers) : IThreadPoolWorkItem, ILoopMessage
{
    // Those that are over take the front, which the walk has left by then.
    private readonly Handover[] _handovers = handovers.ToArray();
    private int _over;

    /// <summary>In their order; to be walked once.</summary>
    public ReadOnlySpan<Handover> ToBegin => _handovers;

    public ReadOnlySpan<Handover> Over => _handovers.AsSpan(0, _over);

    /// <summary>One that the walk has come to is over.</summary>
    public void OnOver(Handover handover) => _handovers[_over++] = handover;

    /// <summary>Begins the requests. Thread pool.</summary>
    public void Execute() => requests.Begin(this);

    /// <summary>Some of the requests are over. In the loop.</summary>
    public void Run() => requests.End(this);
}
