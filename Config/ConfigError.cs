using System.Collections.Immutable;
using Qschedd.Engine.Model;

namespace Qschedd.Config;

/// <summary>What is wrong in a file, where, and what would be right. Line and column count from 1.</summary>
internal sealed record ConfigError(string File, int Line, int Column, string Message)
{
    public override string ToString() => $"{File}:{Line}:{Column}: error: {Message}";
}

/// <summary>Invariant: the catalog is null exactly when there are errors.</summary>
internal sealed record ConfigResult(Catalog? Catalog, ImmutableArray<ConfigError> Errors)
{
    /// <summary>What is no mistake, and may do harm.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];
}

/// <summary>Where a value stands; line and column count from 1, so that <c>default</c> means: it does not stand anywhere.</summary>
internal readonly record struct Position(int Line, int Column) : IComparable<Position>
{
    public static readonly Position Start = new(1, 1);

    public bool IsGiven => Line > 0;

    public int CompareTo(Position other) => Line != other.Line ? Line.CompareTo(other.Line) : Column.CompareTo(other.Column);
}
