namespace Qschedd.Config;

/// <summary>
/// Lets the jobs of a file be built while the parser reads on, which also spares keeping what each of them says. Jobs inherit from
/// the server's section and from the other keys of their app, so these must stand before them; where they do not, jobs are kept
/// until the files have been read.
/// </summary>
internal sealed class JobsAhead(LoadContext load, FileYaml file)
{
    /// <summary>A key that jobs inherit from came after jobs were built: the file has to be read again, without this.</summary>
    public bool IsOvertaken { get; set; }

    /// <summary>Null: the jobs of this app are to be kept.</summary>
    /// <param name="seen">The keys of the app so far.</param>
    public AppBuilder? Begin(AppYaml app, Seen seen)
    {
        bool isBegun = seen["name"].IsGiven && seen["id"].IsGiven && seen["token"].IsGiven;
        if (!isBegun)
            return null;
        NoteServer(load, file);
        if (load.Server is not { } server)
            return null;
        return new AppBuilder(load, file.Errors.ForSameFile(), app, server);
    }

    /// <summary>What jobs from here on inherit of the server, where <paramref name="file"/> says it first.</summary>
    public static void NoteServer(LoadContext load, FileYaml file)
    {
        // A second server section is an error, and what is wrong with the first is reported when the files are put together.
        if (load.Server is not null || file.Server is null)
            return;
        var unreported = new FileYaml(file.Errors.ForSameFile(), file.Directory) { Server = file.Server, ServerAt = file.ServerAt };
        load.Server = new ServerBuilder(load.Environment, unreported).Build();
    }
}
