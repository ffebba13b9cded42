namespace Qschedd.Cli.Plan;

/// <summary>Keys of <c>server</c> that a reload does not take into force, or not wholly.</summary>
internal static class RestartKeys
{
    private static readonly Dictionary<string, string> Notes = new()
    {
        ["listen"] = "takes effect at the next start",
        ["database"] = "takes effect at the next start",
        ["timeZone"] = "as far as task ids go, takes effect at the next start",
    };

    /// <summary>Null: a reload is enough.</summary>
    public static string? Note(string key) => Notes.GetValueOrDefault(key);
}
