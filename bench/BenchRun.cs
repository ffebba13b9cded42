using Qschedd.Bench.Table;

namespace Qschedd.Bench;

/// <summary>One run of the benchmarks: how thorough, with which programs, and the points of the plots.</summary>
internal sealed class BenchRun(string binary, bool quick, string? robfig, string? nsleep)
{
    private readonly List<(string Plot, string System, double X, double Y)> _points = [];

    /// <summary>The published binary.</summary>
    public string Binary => binary;

    /// <summary>Only to see that everything runs: the figures mean nothing.</summary>
    public bool IsQuick => quick;

    /// <summary>Null: the peer could not be built here.</summary>
    public string? Robfig => robfig;

    public string? Nsleep => nsleep;

    /// <summary>Repetitions behind each figure.</summary>
    public int Repetitions => quick ? 1 : 5;

    public T Pick<T>(T full, T small) => quick ? small : full;

    public void Point(string plot, string system, double jobs, double? value)
    {
        if (value is { } y)
            _points.Add((plot, system, jobs, y));
    }

    public IReadOnlyList<Curve> Curves(string plot) =>
    [
        .. _points.Where(point => point.Plot == plot).GroupBy(point => point.System)
            .Select(system => new Curve(system.Key, [.. system.Select(point => (point.X, point.Y)).OrderBy(point => point.X)])),
    ];
}
