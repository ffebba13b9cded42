namespace Qschedd.Tests.Config;

/// <summary>The source tree that the tests were built from.</summary>
internal static class Repository
{
    public static string FileOf(string name)
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Join(folder, "qschedd.csproj")))
            folder = Path.GetDirectoryName(folder);
        return Path.Join(folder ?? throw new InvalidOperationException("the tests run outside of the source tree"), name);
    }
}
