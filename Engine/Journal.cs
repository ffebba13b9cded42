using Microsoft.Extensions.Logging;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>
/// The loop's side of the store: collects changes, hands them over in batches, and tells the owners what came of them.
/// </summary>
/// <remarks>
/// Invariant: one batch is under way at a time. Were there two, a later one could be kept after an earlier one was refused,
/// and its watermark would cover fires that are not on record. While a batch is written the next one grows: that is the
/// group commit.
/// What may wait a little, such as the end of a task whose worker answered, goes with what may not, or with more of its kind: under load
/// a commit of fifty ends costs nearly as much as one of five hundred.
/// Owner: the loop; the store's thread only posts the completed batch back.
/// </remarks>
internal sealed class Journal(IStore store, LoopClock clock, EngineOptions options, Action<Action> post, LoopGuard guard, ILogger logger)
{
    private const long RefusedPauseMs = 500;
    private const int UnhurriedMax = 1_000;

    // Kept and filled again: of lists as long as these each new one would be a large object, and garbage of those is dear.
    private ChangeList _waiting = new();
    private ChangeList _underWay = new();
    private ChangeList _spare = new();
    private bool _isUnderWay;
    private int _batchMax = options.BatchMax;
    private long _notBeforeMs = long.MinValue;
    private long _flushedMs = long.MinValue / 2;

    /// <summary>Changes that the store has not taken yet.</summary>
    public int Pending => _waiting.Count + _underWay.Count;

    public bool IsFull => Pending >= options.ChangesMax;

    public bool IsIdle => Pending == 0;

    /// <summary>Why the store refused the last batch, in an operator's words; null when it took it.</summary>
    public string? Trouble { get; private set; }

    /// <summary>When what is put off is offered (monotonic): a batch that was refused, or what may wait; null: there is none.</summary>
    public long? NextFlushMs => _isUnderWay || _waiting.Count == 0 ? null
        : Trouble is not null ? _notBeforeMs
        : IsUrgent ? null
        : _flushedMs + options.UnhurriedPauseMs;

    /// <summary>Somebody waits for some of it, or it grows large.</summary>
    private bool IsUrgent => _waiting.IsUrgent || _waiting.Count >= UnhurriedMax;

    private bool IsPutOff => Trouble is not null ? clock.MonotonicMs < _notBeforeMs
        : !IsUrgent && clock.MonotonicMs < _flushedMs + options.UnhurriedPauseMs;

    /// <summary>It is offered until the store has kept it.</summary>
    public void Add(Change change) => _waiting.Add(change, owner: null);

    /// <summary>The same, but it may wait a little, for others to be kept with: what a crash leaves unsaid of it is looked into anyway.</summary>
    public void AddUnhurried(Change change) => _waiting.Add(change, owner: null, isUrgent: false);

    /// <param name="change">What to keep.</param>
    /// <param name="owner">Is told what became of it, in the loop.</param>
    /// <param name="mayBeUnwanted">False: the owner will want it kept in any case, and is not asked.</param>
    public void Add(Change change, IChangeOwner owner, bool mayBeUnwanted) => _waiting.Add(change, owner, mustBeLookedAt: mayBeUnwanted);

    /// <param name="change">What to keep.</param>
    /// <param name="onRefusal">What to do when the store cannot keep it.</param>
    /// <param name="completed">Called in the loop with the change and null when it is durable, or with the refusal.</param>
    public void Add(Change change, OnRefusal onRefusal, Action<Change, Exception?>? completed = null) =>
        _waiting.Add(change, new Callback(onRefusal, completed), mustBeLookedAt: change is Barrier);

    /// <summary>
    /// Calls back when everything added so far is durable, or with the refusal of the batch in which it would have been.
    /// </summary>
    public void WhenDurable(Action<Exception?> completed)
    {
        if (IsIdle)
            completed(null);
        else
            Add(new Barrier(), OnRefusal.Drop, (_, error) => completed(error));
    }

    /// <summary>Hands over what waits, unless a batch is under way, the store has just refused one, or it may wait for more.</summary>
    public void Flush()
    {
        if (_isUnderWay || _waiting.Count == 0 || IsPutOff)
            return;
        _flushedMs = clock.MonotonicMs;
        TakeBatch();
        bool hasBarriers = _underWay.MustBeLookedAt && LookAtOwned();
        _isUnderWay = true;
        IReadOnlyList<Change> changes = hasBarriers ? _underWay.FindAll(static change => change is not Barrier) : _underWay;
        store.Commit(new JournalBatch(changes), batch => post(() => OnCompleted(batch)));
    }

    private void TakeBatch()
    {
        if (_waiting.Count <= _batchMax)
        {
            (_underWay, _waiting) = (_waiting, _underWay);
            return;
        }
        int count = _batchMax;
        // The shards of a fire are on record together or not at all: their number is theirs, and another fire of it may find other workers.
        while (_batchMax == options.BatchMax && count < _waiting.Count && AreShardsOfOne(_waiting[count - 1], _waiting[count]))
            count++;
        _underWay.TakeFirst(_waiting, count);
    }

    /// <summary>Leaves out what nobody wants any more. True: there are places among them with nothing to keep.</summary>
    private bool LookAtOwned()
    {
        bool hasBarriers = false;
        for (int i = _underWay.Count - 1; i >= 0; i--)
        {
            if (_underWay.OwnerOf(i) is not { } owner)
                continue;
            hasBarriers |= _underWay[i] is Barrier;
            if (owner.IsWanted)
                continue;
            LeaveOut(_underWay[i], owner);
            _underWay.RemoveAt(i);
        }
        return hasBarriers;
    }

    // Apart: in the loop above what it captures would be made for each change that is wanted, too.
    private void LeaveOut(Change change, IChangeOwner owner) =>
        post(() => Complete(change, owner, new OperationCanceledException("nobody waits for it any more")));

    private static bool AreShardsOfOne(Change first, Change second) =>
        first is TaskInsert { Row: var a } && second is TaskInsert { Row: var b }
        && a.JobId == b.JobId && a.ScheduledMs == b.ScheduledMs && a.ShardTotal == b.ShardTotal && a.ShardIndex + 1 == b.ShardIndex;

    private void OnCompleted(JournalBatch batch)
    {
        var entries = _underWay;
        (_underWay, _spare) = (_spare, entries);
        _isUnderWay = false;
        if (batch.Error is null)
            OnKept();
        else if (batch.IsAtFault)
            Corner(entries);
        else
            PutOff(entries, batch.Error.Message);
        for (int i = 0; i < entries.Count; i++)
            if (entries.OwnerOf(i) is { } owner && (batch.Error is null || owner.OnRefusal == OnRefusal.Drop || IsCulprit(entries, batch)))
                Complete(entries[i], owner, batch.Error);
        entries.Clear(capacityMax: 2 * options.BatchMax); // more is what a start or a reload brings
    }

    /// <summary>One owner's fault must not keep the others of the batch waiting.</summary>
    private void Complete(Change change, IChangeOwner owner, Exception? error)
    {
        try
        {
            owner.OnCompleted(change, error);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            guard.OnFault(fault, "a kept change");
        }
    }

    private void OnKept()
    {
        Trouble = null;
        _batchMax = Math.Min(options.BatchMax, _batchMax * 2);
        Flush(); // before the owners' work, so that the writer does not wait for it
    }

    /// <summary>The host is the cause: the same is offered again after a pause.</summary>
    private void PutOff(ChangeList entries, string reason)
    {
        Trouble = reason;
        _notBeforeMs = clock.MonotonicMs + RefusedPauseMs;
        PutBack(entries);
    }

    /// <summary>
    /// One change breaks a rule: a defect of ours. The batch is halved until that one stands alone and is given up, so that it
    /// does not hold up all the others for good.
    /// </summary>
    private void Corner(ChangeList entries)
    {
        _batchMax = Math.Max(1, entries.Count / 2);
        if (entries.Count > 1)
            PutBack(entries);
        else
            EngineLog.ChangeGivenUp(logger, entries[0].GetType().Name);
        Flush();
    }

    private static bool IsCulprit(ChangeList entries, JournalBatch batch) => batch.IsAtFault && entries.Count == 1;

    private void PutBack(ChangeList entries) =>
        _waiting.PutBefore(entries, static owner => owner is not { OnRefusal: OnRefusal.Drop });

    /// <summary>Nothing to keep: a place in the order.</summary>
    private sealed class Barrier : Change;

    private sealed class Callback(OnRefusal onRefusal, Action<Change, Exception?>? completed) : IChangeOwner
    {
        public OnRefusal OnRefusal => onRefusal;

        public bool IsWanted => true;

        public void OnCompleted(Change change, Exception? error) => completed?.Invoke(change, error);
    }
}
