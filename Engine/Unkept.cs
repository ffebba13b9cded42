namespace Qschedd.Engine;

/// <summary>
/// A value that callers have set and the store has yet to keep. The newest wish is in force meanwhile; when the last answer of the
/// store is there, what it kept last is. So a refused wish leaves nothing behind, whatever came before and after it.
/// </summary>
internal sealed class Unkept<T>(T kept)
{
    private T _kept = kept;
    private int _pending;

    public void OnAsked() => _pending++;

    /// <summary>True: no answer is outstanding, and <paramref name="kept"/> is what must be in force.</summary>
    public bool OnAnswer(T wish, bool isKept, out T kept)
    {
        if (isKept)
            _kept = wish;
        kept = _kept;
        return --_pending == 0;
    }
}

/// <summary>What came of the changes of one command, for its answer.</summary>
internal sealed class CommandOutcome
{
    public bool IsRefused { get; private set; }

    public void Note(Exception? error) => IsRefused |= error is not null;
}
