namespace Qschedd.Config;

/// <summary>The errors of one file. Bounded: a file that is wrong in every line must not fill the memory.</summary>
internal sealed class FileErrors(string file)
{
    public const int ErrorsMax = 10_000;

    private readonly HashSet<ConfigError> _errors = [];
    private bool _isCut;

    public string File { get; } = file;

    /// <summary>Keeps places within the file; null while nothing of it is read.</summary>
    public Func<Position, Position>? Within { get; set; }

    /// <summary>Nothing more is taken: reading on is of no use.</summary>
    public bool IsFull => _errors.Count >= ErrorsMax;

    /// <summary>The same error at the same place counts once: a default is inherited by many jobs.</summary>
    public void Add(Position at, string message)
    {
        at = Within?.Invoke(at) ?? at;
        if (IsFull)
            _isCut = true;
        else
            _errors.Add(new ConfigError(File, at.Line, at.Column, message));
    }

    /// <summary>Takes errors of the same file, which are to be added to these when they count.</summary>
    public FileErrors ForSameFile() => new(File) { Within = Within };

    /// <summary>What another found in the same file.</summary>
    public void Add(FileErrors others)
    {
        foreach (ConfigError error in others._errors)
            Add(new Position(error.Line, error.Column), error.Message);
        _isCut |= others._isCut;
    }

    public string PlaceOf(Position at) => $"{File}:{at.Line}:{at.Column}";

    public IEnumerable<ConfigError> InOrder()
    {
        List<ConfigError> sorted = [.. _errors.OrderBy(e => e.Line).ThenBy(e => e.Column)];
        if (_isCut)
            sorted.Add(sorted[^1] with { Message = $"there are more errors in this file than the {ErrorsMax} shown; mend these first" });
        return sorted;
    }
}
