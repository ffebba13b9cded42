using System.Collections.Immutable;
using Qschedd.Engine.Model;

namespace Qschedd.Config;

/// <summary>
/// From YAML files to a catalog, or to all that is wrong in them:
/// 1. each file is read from parser events into what it says (<see cref="FileReader"/>, by the tables of <see cref="ServerKeys"/>);
/// 2. when all could be read to the end, they are put together under their defaults (<see cref="CatalogBuilder"/>); jobs that stand
///    behind all that they inherit from are built in the first step already (<see cref="JobsAhead"/>).
/// Never throws for what a file may hold.
/// </summary>
internal static class ConfigLoader
{
    /// <param name="path">A file, or a directory whose <c>*.yaml</c> are read in the order of names. Shown in errors as given.</param>
    /// <param name="environment">What the meaning of the files depends on besides.</param>
    public static ConfigResult Load(string path, ConfigEnvironment environment)
    {
        var load = new LoadContext(environment);
        return Build(Read(path, load), load);
    }

    public static ConfigResult Build(List<FileYaml> files, LoadContext load)
    {
        Catalog? catalog = files.Exists(file => file.IsBroken) ? null : new CatalogBuilder(load).Build(files);
        ImmutableArray<ConfigError> errors = [.. files.SelectMany(file => file.Errors.InOrder())];
        return new ConfigResult(errors.IsEmpty ? catalog : null, errors) { Warnings = [.. load.Trust.Warnings, .. load.References.Warnings] };
    }

    private static List<FileYaml> Read(string path, LoadContext load)
    {
        if (path.Length == 0 || path.Contains('\0'))
            return [Missing(path, "not a usable path")];
        string full = Path.GetFullPath(path);
        if (!Directory.Exists(full))
            return [FileReader.Read(full, path, Path.GetDirectoryName(full) ?? "/", load)];
        if (FindFiles(full, out string fault) is not { Count: > 0 } names)
            return [Missing(path, fault)];
        return [.. ReadAll(full, path, names, load)];
    }

    /// <summary>
    /// That with the server's section first, wherever it stands: jobs inherit from it, and are built as they are read when it is known.
    /// </summary>
    private static FileYaml[] ReadAll(string directory, string shown, List<string> names, LoadContext load)
    {
        var files = new FileYaml[names.Count];
        int first = names.FindIndex(name => SourceFile.HasLineAtTop(Path.Join(directory, name), "server:"u8));
        foreach (int index in Enumerable.Range(0, names.Count).OrderBy(index => index != first))
        {
            load.Trust.File = index;
            files[index] = FileReader.Read(Path.Join(directory, names[index]), Path.Join(shown, names[index]), directory, load);
            if (!files[index].IsBroken)
                JobsAhead.NoteServer(load, files[index]);
        }
        return files;
    }

    private static List<string>? FindFiles(string directory, out string fault)
    {
        try
        {
            // A hidden file is an editor's or a mount's, not a person's.
            IEnumerable<string> found = Directory.EnumerateFiles(directory).Select(file => Path.GetFileName(file));
            string[] all = [.. found.Where(name => !name.StartsWith('.'))];
            fault = Array.Exists(all, name => name.EndsWith(".yml", StringComparison.Ordinal))
                ? "no *.yaml file in this directory: rename *.yml to *.yaml"
                : "no *.yaml file in this directory";
            return [.. all.Where(name => name.EndsWith(".yaml", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (SourceFile.IsFileFault(e))
        {
            fault = SourceFile.Words(e);
            return null;
        }
    }

    private static FileYaml Missing(string path, string message)
    {
        var file = new FileYaml(new FileErrors(path), "/") { IsBroken = true };
        file.Errors.Add(Position.Start, message);
        return file;
    }
}
