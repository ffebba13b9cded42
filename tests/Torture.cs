namespace Qschedd.Tests;

/// <summary>The long forms of tests, by <c>make torture</c>: more rounds, larger loads, figures.</summary>
internal static class Torture
{
    public static bool IsOn { get; } = Environment.GetEnvironmentVariable("QSCHEDD_TORTURE") == "1";

    public static int Rounds(int shortForm, int longForm) => IsOn ? longForm : shortForm;

    /// <summary>Another seed each time in the long form; always told when a test fails.</summary>
    public static int Seed { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("QSCHEDD_SEED"), out int given) ? given : IsOn ? Environment.TickCount : 20260101;
}
