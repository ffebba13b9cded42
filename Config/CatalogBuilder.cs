using System.Collections.Frozen;
using System.Collections.Immutable;
using Qschedd.Engine.Model;

namespace Qschedd.Config;

/// <summary>Puts what the files say together: one server, apps and jobs that are unique over all files, defaults under each job.</summary>
internal sealed class CatalogBuilder(LoadContext load)
{
    // Stands in for a token that is missing and reported: the catalog that it is in is never used.
    private static readonly Secret NoToken = new("");

    private readonly Dictionary<string, string> _appPlaces = [];
    private readonly Dictionary<int, string> _idPlaces = [];
    private readonly Dictionary<string, (FileErrors File, Position At)> _jobPlaces = [];
    private readonly List<Job> _jobs = [];

    /// <summary>To be used only when no file has an error afterwards.</summary>
    public Catalog Build(List<FileYaml> files)
    {
        FileYaml[] withServer = [.. files.Where(file => file.Server is not null)];
        RefuseSecondServers(withServer);
        ServerSettings server = new ServerBuilder(load.Environment, withServer.FirstOrDefault() ?? files[0]).Build();
        load.Networks.Report(server.WorkerNetworks);
        ImmutableArray<App> apps = [.. files.SelectMany(file => file.Apps.Select(app => BuildApp(file, app, server)))];
        _jobPlaces.Clear();
        return new Catalog(server, apps, _jobs.DistinctBy(job => job.Name).ToFrozenDictionary(job => job.Name, StringComparer.Ordinal));
    }

    private static void RefuseSecondServers(FileYaml[] withServer)
    {
        foreach (FileYaml other in withServer.Skip(1))
        {
            string first = withServer[0].Errors.PlaceOf(withServer[0].ServerAt);
            other.Errors.Add(other.ServerAt, $"a second 'server': first at {first}; keep one");
        }
    }

    private App BuildApp(FileYaml file, AppYaml yaml, ServerSettings server)
    {
        CheckUnique(file, yaml);
        var app = new App
        {
            Name = yaml.Name ?? "",
            Id = yaml.Id ?? 0,
            Code = yaml.Code,
            Token = yaml.Token ?? NoToken,
            Workers = yaml.Protocol == WorkerProtocol.XxlJob ? Executors.Plain(yaml.Workers) : yaml.Workers,
            WorkerPath = yaml.WorkerPath ?? (yaml.Protocol == WorkerProtocol.XxlJob ? "/run" : "/qschedule/run"),
            Protocol = yaml.Protocol,
            ProtocolVersion = yaml.ProtocolVersion,
            Hidden = yaml.Hidden,
        };
        if (yaml.Protocol == WorkerProtocol.XxlJob)
            Executors.CheckToken(file.Errors, yaml);
        if (server.AdminToken is { } admin && yaml.Token is { } token && admin.Utf8.AsSpan().SequenceEqual(token.Utf8))
            file.Errors.Add(yaml.TokenAt, "'token' is the server's adminToken too, which opens all apps: give the app one of its own");
        var builder = new JobBuilder(load, file.Errors, yaml, app, server);
        for (int i = 0; i < yaml.Jobs.Count; i++)
        {
            CheckUnique(file.Errors, yaml.Jobs[i]);
            _jobs.Add(builder.Build(yaml.Jobs[i]));
            // Of a million jobs, what was read and what is built of it need not both be kept.
            yaml.Jobs[i] = null!;
        }
        return app;
    }

    private void CheckUnique(FileYaml file, AppYaml yaml)
    {
        string namePlace = file.Errors.PlaceOf(yaml.NameAt);
        if (yaml.Name is { } name && !_appPlaces.TryAdd(name, namePlace))
            file.Errors.Add(yaml.NameAt, $"app {Shown.Quote(name)} twice: first at {_appPlaces[name]}; put its jobs under one");
        if (yaml.Id is { } id && !_idPlaces.TryAdd(id, file.Errors.PlaceOf(yaml.IdAt)))
            file.Errors.Add(yaml.IdAt, $"app id {id} twice: first at {_idPlaces[id]}; each app has its own");
    }

    private void CheckUnique(FileErrors errors, JobYaml yaml)
    {
        if (yaml.Name is not { } name || _jobPlaces.TryAdd(name, (errors, yaml.NameAt)))
            return;
        (FileErrors file, Position at) = _jobPlaces[name];
        errors.Add(yaml.NameAt, $"job {Shown.Quote(name)} twice: first at {file.PlaceOf(at)}; job names are unique over all apps");
    }
}
