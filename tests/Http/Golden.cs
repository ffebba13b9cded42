namespace Qschedd.Tests.Http;

/// <summary>
/// Compares answers byte for byte with <c>tests/Http/Golden/*.verified.*</c>. <c>QSCHEDD_ACCEPT=1</c> writes them instead; a
/// difference leaves a <c>.received.</c> file beside the verified one.
/// </summary>
internal static class Golden
{
    private const string Verified = ".verified.";
    private static readonly bool Accept = Environment.GetEnvironmentVariable("QSCHEDD_ACCEPT") == "1";

    public static string Folder { get; } = Path.Combine(FindRoot(), "tests", "Http", "Golden");

    /// <summary>The names of all files there, as cases have them.</summary>
    public static IEnumerable<string> Names =>
        Directory.EnumerateFiles(Folder, $"*{Verified}*").Select(f => Path.GetFileName(f).Split(Verified)[0]);

    public static void Verify(string name, string extension, byte[] body) => Verify(Folder, name, extension, body);

    public static void Verify(string folder, string name, string extension, byte[] body)
    {
        string file = Path.Combine(folder, name + Verified + extension);
        if (Accept)
        {
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(file, body);
            return;
        }

        Assert.True(File.Exists(file), $"{file} is missing: run with QSCHEDD_ACCEPT=1 and look at what it wrote");
        byte[] expected = File.ReadAllBytes(file);
        if (!expected.AsSpan().SequenceEqual(body))
            File.WriteAllBytes(file.Replace(Verified, ".received."), body);
        Assert.Equal(System.Text.Encoding.UTF8.GetString(expected), System.Text.Encoding.UTF8.GetString(body));
        Assert.Equal(expected, body);
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "qschedd.csproj")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("the tests run outside of the source tree");
    }
}
