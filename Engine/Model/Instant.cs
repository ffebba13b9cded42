namespace Qschedd.Engine.Model;

/// <summary>An instant that may be missing, where there are so many that a nullable one, of twice the size, is too dear.</summary>
internal static class Instant
{
    /// <summary>It is missing.</summary>
    public const long None = long.MinValue;

    /// <param name="ms">Epoch milliseconds, or <see cref="None"/>.</param>
    public static long? OrNull(long ms) => ms == None ? null : ms;
}
