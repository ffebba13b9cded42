namespace Qschedd.Tests.Architecture;

/// <summary>The repository's C# files, as they stand on disk beside the built tests.</summary>
internal static class SourceTree
{
    private static readonly string[] Skipped = ["bin", "obj", "out", "node_modules"];

    /// <summary>The first directory above the test assembly that holds qschedd.csproj.</summary>
    public static string Root { get; } = FindRoot();

    public static IReadOnlyList<SourceFile> Files { get; } = [.. All()];

    /// <summary>What ships.</summary>
    public static IReadOnlyList<SourceFile> Sources { get; } = [.. Files.Except([.. Below("tests/"), .. Below("bench/")])];

    public static IReadOnlyList<SourceFile> Tests { get; } = [.. Below("tests/")];

    public static IReadOnlyList<SourceFile> Benchmarks { get; } = [.. Below("bench/")];

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "qschedd.csproj")))
                return folder.FullName;
        throw new InvalidOperationException($"no folder above {AppContext.BaseDirectory} holds qschedd.csproj");
    }

    private static IEnumerable<SourceFile> Below(string folder) => Files.Where(file => file.Path.StartsWith(folder, StringComparison.Ordinal));

    private static IEnumerable<SourceFile> All() =>
        Directory.EnumerateFiles(Root, "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path))
            .Where(path => !path.Split('/').SkipLast(1).Any(folder => Skipped.Contains(folder) || folder.StartsWith('.')))
            .Order(StringComparer.Ordinal)
            .Select(path => new SourceFile(path, File.ReadAllText(Path.Combine(Root, path))));
}

/// <param name="Path">Relative to the root.</param>
/// <param name="Text">As written.</param>
internal sealed record SourceFile(string Path, string Text)
{
    /// <summary>The text with comments and the contents of literals turned into blanks: places stay the same.</summary>
    public string Code { get; } = CodeScan.BlankCommentsAndLiterals(Text);

    public int Lines => Text.Count(c => c == '\n');

    public int LineOf(int place) => Text.AsSpan(0, place).Count('\n') + 1;
}
