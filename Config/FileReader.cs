namespace Qschedd.Config;

/// <summary>One file: bytes, then events, then what they say. Whatever is wrong with it becomes an error of the file.</summary>
internal static class FileReader
{
    private const string Needs = "it needs 'apps:', a list of apps with their jobs, and may have 'server:'";

    /// <param name="path">The file.</param>
    /// <param name="shown">How messages call it.</param>
    /// <param name="directory">What relative paths in it start from.</param>
    /// <param name="load">What all files share.</param>
    public static FileYaml Read(string path, string shown, string directory, LoadContext load)
    {
        var errors = new FileErrors(shown);
        if (load.Trust.FindFault(path) is { } distrust)
            return Broken(errors, directory, Position.Start, distrust);
        if (SourceFile.Read(path, SourceText.BytesMax, out int length, out string fault) is not { } bytes)
            return Broken(errors, directory, Position.Start, fault);
        return Read(new SourceText(bytes, length), directory, errors, load);
    }

    /// <summary>What is read is checked for being text first.</summary>
    public static FileYaml Read(SourceText source, string directory, FileErrors errors, LoadContext load) =>
        source.FindFault() is { } found
            ? Broken(errors, directory, found.At, found.Message)
            : Parse(source, errors, directory, load);

    private static FileYaml Parse(SourceText source, FileErrors errors, string directory, LoadContext load, bool isAhead = true)
    {
        var file = new FileYaml(errors, directory);
        errors.Within = source.Within;
        JobsAhead? ahead = isAhead ? new JobsAhead(load, file) : null;
        try
        {
            using (var cursor = new YamlCursor(source, errors))
                Document(cursor, file, load, ahead);
            // Read once more where jobs inherit what stands behind them.
            return ahead is { IsOvertaken: true } ? Parse(source, new FileErrors(errors.File), directory, load, isAhead: false) : file;
        }
        catch (SyntaxFault fault) when (fault.IsUnquotedCron && source.TryMarkUnquotedCrons())
        {
            // Read once more, past the marked crons: they are reported in their places, with all other errors.
            return Parse(source, new FileErrors(errors.File), directory, load, isAhead);
        }
        catch (SyntaxFault fault)
        {
            return Broken(errors, directory, fault.At, fault.Message);
        }
    }

    private static void Document(YamlCursor cursor, FileYaml file, LoadContext load, JobsAhead? ahead)
    {
        cursor.Next();
        if (cursor.IsStreamEnd)
        {
            file.Errors.Add(Position.Start, $"the file is empty: {Needs}");
            return;
        }
        cursor.Next();
        Root(cursor, file, load, ahead);
        cursor.Next();
        if (!cursor.IsStreamEnd)
            file.Errors.Add(cursor.At, "a second document ('---') in the file: qschedd reads one; put it in a file of its own");
    }

    private static void Root(YamlCursor cursor, FileYaml file, LoadContext load, JobsAhead? ahead)
    {
        if (cursor.IsMapping)
        {
            new ValueReader(cursor, file.Errors, load, ahead).Entries(ServerKeys.Root, file);
            return;
        }
        if (cursor.Scalar is { IsNull: true })
            file.Errors.Add(Position.Start, $"the file is empty: {Needs}");
        else if (!cursor.IsAlias)
            file.Errors.Add(cursor.At, $"the file must be a mapping, not {cursor.Describe()}: {Needs}");
        cursor.Skip();
    }

    private static FileYaml Broken(FileErrors errors, string directory, Position at, string message)
    {
        errors.Add(at, message);
        return new FileYaml(errors, directory) { IsBroken = true };
    }
}
