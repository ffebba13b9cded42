namespace Qschedd.Engine;

/// <summary>
/// The numbers of a job's tasks in state 100 or 200, oldest first. Nearly always there is one or none, and that takes no list.
/// Numbers, not the tasks: what lives long and points to what is young has to be looked at by each collection.
/// </summary>
internal struct RunningTasks
{
    private const long None = 0;

    private long _oldest;
    private List<long>? _later;

    public readonly int Count => _oldest == None ? 0 : 1 + (_later?.Count ?? 0);

    public readonly long this[int index] => index > 0 ? _later![index - 1]
        : _oldest != None ? _oldest : throw new ArgumentOutOfRangeException(nameof(index));

    public void Add(long seq)
    {
        if (_oldest == None)
            _oldest = seq;
        else
            (_later ??= new(1)).Add(seq);
    }

    public void Remove(long seq)
    {
        if (_oldest != seq)
        {
            _later?.Remove(seq);
            return;
        }
        _oldest = None;
        if (_later is not { Count: > 0 } later)
            return;
        _oldest = later[0];
        later.RemoveAt(0);
    }
}
