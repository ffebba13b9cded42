namespace Qschedd.Config;

/// <summary>The errors of one file. Bounded: a file that is wrong in every line must not fill the memory.</summary>
internal sealed class FileErrors(string file)
{
    public const int ErrorsMax = 10_000;

    private readonly HashSet<ConfigError> _errors = [];
    private long _left;

    public string File { get; } = file;

    public bool IsEmpty => _errors.Count == 0;

    /// <summary>The same error at the same place counts once: a default is inherited by many jobs.</summary>
    public void Add(Position at, string message)
    {
        var error = new ConfigError(File, at.Line, at.Column, message);
        if (_errors.Count < ErrorsMax)
            _errors.Add(error);
        else if (!_errors.Contains(error))
            _left++;
    }

    public string PlaceOf(Position at) => $"{File}:{at.Line}:{at.Column}";

    public IEnumerable<ConfigError> InOrder()
    {
        var sorted = _errors.OrderBy(e => e.Line).ThenBy(e => e.Column).ToList();
        if (_left > 0)
            sorted.Add(sorted[^1] with { Message = $"{_left} more errors in this file are not shown; mend these first" });
        return sorted;
    }
}
