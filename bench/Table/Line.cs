namespace Qschedd.Bench.Table;

/// <summary>How a figure is written.</summary>
internal sealed record Unit(string Name, int Decimals = 0)
{
    public static readonly Unit Nanoseconds = new("ns", 1);
    public static readonly Unit Milliseconds = new("ms", 2);
    public static readonly Unit Microseconds = new("µs");
    public static readonly Unit Seconds = new("s", 2);
    public static readonly Unit Megabytes = new("MB");
    public static readonly Unit PerSecond = new("/s");
    public static readonly Unit Percent = new("% CPU", 1);
    public static readonly Unit Bytes = new("B");
}

/// <summary>What a peer came to in the same run; null: it was not there.</summary>
/// <param name="Name">Of the peer.</param>
/// <param name="Value">In the unit of the line.</param>
/// <param name="RatioMax">Ours divided by the peer's is to be at most this.</param>
/// <param name="RatioMin">Or at least this.</param>
internal sealed record Peer(string Name, double? Value, double? RatioMax = null, double? RatioMin = null);

/// <summary>One line of the table.</summary>
internal sealed record Line(string Row, string Work, double? Ours, Unit Unit, params Peer[] Peers)
{
    /// <summary>Ours is to be at most this.</summary>
    public double? Max { get; init; }
    /// <summary>Or at least this.</summary>
    public double? Min { get; init; }
    /// <summary>Fewer repetitions than five, or another thing to know.</summary>
    public string? Note { get; init; }
}
