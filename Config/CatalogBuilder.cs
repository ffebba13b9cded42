using Qschedd.Engine.Model;

namespace Qschedd.Config;

/// <summary>Puts what the files say together: one server, apps and jobs that are unique over all files, defaults under each job.</summary>
internal sealed class CatalogBuilder(LoadContext load)
{
    private readonly Dictionary<string, string> _appPlaces = [];
    private readonly Dictionary<int, string> _idPlaces = [];
    private readonly List<AppBuilder> _apps = [];
    private readonly NameIndex _names = new();
    private readonly List<Job> _jobs = [];
    private readonly Dictionary<string, (AppBuilder App, int Job)> _places = new(StringComparer.Ordinal);
    private int _placed;

    /// <summary>To be used only when no file has an error afterwards.</summary>
    public Catalog Build(List<FileYaml> files)
    {
        FileYaml[] withServer = [.. files.Where(file => file.Server is not null)];
        RefuseSecondServers(withServer);
        ServerSettings server = new ServerBuilder(load.Environment, withServer.FirstOrDefault() ?? files[0]).Build();
        load.Networks.Report(server.WorkerNetworks);
        foreach (FileYaml file in files)
            file.Apps.ForEach(app => Add(file, app, server));
        _names.Trim();
        return new Catalog(server, [.. _apps.Select(app => app.App)], new ByName<Job>(_names, [.. _jobs]));
    }

    private static void RefuseSecondServers(FileYaml[] withServer)
    {
        foreach (FileYaml other in withServer.Skip(1))
        {
            string first = withServer[0].Errors.PlaceOf(withServer[0].ServerAt);
            other.Errors.Add(other.ServerAt, $"a second 'server': first at {first}; keep one");
        }
    }

    private void Add(FileYaml file, AppYaml yaml, ServerSettings server)
    {
        CheckUnique(file, yaml);
        AppBuilder app = yaml.Ahead ?? new AppBuilder(load, file.Errors.ForSameFile(), yaml, server);
        for (int i = 0; i < yaml.Jobs.Count; i++)
        {
            app.Add(yaml.Jobs[i]);
            // Of a million jobs, what was read and what is built of it need not both be kept.
            yaml.Jobs[i] = null!;
        }
        _apps.Add(app);
        AddJobs(app);
        file.Errors.Add(app.Errors);
    }

    private void AddJobs(AppBuilder app)
    {
        _jobs.EnsureCapacity(_jobs.Count + app.Jobs.Count);
        _names.EnsureCapacity(_jobs.Count + app.Jobs.Count);
        for (int i = 0; i < app.Jobs.Count; i++)
        {
            Job job = app.Jobs[i];
            if (job.Name.Length == 0)
                continue;
            if (_names.TryAdd(job.Name))
                _jobs.Add(job);
            else
                app.RefuseTwin(i, PlaceOf(job.Name));
        }
    }

    /// <summary>Where the first job of this name stands. Of use only when there are two, so nothing is kept for it before.</summary>
    private string PlaceOf(string jobName)
    {
        for (; _placed < _apps.Count; _placed++)
        {
            for (int i = 0; i < _apps[_placed].Jobs.Count; i++)
                _places.TryAdd(_apps[_placed].Jobs[i].Name, (_apps[_placed], i));
        }
        (AppBuilder first, int job) = _places[jobName];
        return first.PlaceOf(job);
    }

    private void CheckUnique(FileYaml file, AppYaml yaml)
    {
        string namePlace = file.Errors.PlaceOf(yaml.NameAt);
        if (yaml.Name is { } name && !_appPlaces.TryAdd(name, namePlace))
            file.Errors.Add(yaml.NameAt, $"app {Shown.Quote(name)} twice: first at {_appPlaces[name]}; put its jobs under one");
        if (yaml.Id is { } id && !_idPlaces.TryAdd(id, file.Errors.PlaceOf(yaml.IdAt)))
            file.Errors.Add(yaml.IdAt, $"app id {id} twice: first at {_idPlaces[id]}; each app has its own");
    }
}
