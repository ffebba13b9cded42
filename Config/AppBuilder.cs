using Qschedd.Engine.Model;

namespace Qschedd.Config;

/// <summary>An app and its jobs, of what the file says of them.</summary>
internal sealed class AppBuilder
{
    // Stands in for a token that is missing and reported: the catalog that it is in is never used.
    private static readonly Secret NoToken = new("");

    private readonly JobBuilder _builder;
    private readonly List<Job> _jobs = [];
    private readonly List<Position> _namesAt = [];
    private readonly JobYaml _blank = new();

    /// <param name="load">What all files share.</param>
    /// <param name="errors">Takes what is wrong with the app and its jobs.</param>
    /// <param name="yaml">All its keys but jobs are read.</param>
    /// <param name="server">From which jobs inherit.</param>
    public AppBuilder(LoadContext load, FileErrors errors, AppYaml yaml, ServerSettings server)
    {
        Errors = errors;
        App = load.InForce.Known(AppOf(yaml));
        if (yaml.Protocol == WorkerProtocol.XxlJob)
            Executors.CheckToken(errors, yaml);
        if (server.AdminToken is { } admin && yaml.Token is { } token && admin.Equals(token))
            errors.Add(yaml.TokenAt, "'token' is the server's adminToken too, which opens all apps: give the app one of its own");
        _builder = new JobBuilder(load, errors, yaml, App, server);
    }

    public App App { get; }
    public FileErrors Errors { get; }
    public IReadOnlyList<Job> Jobs => _jobs;

    /// <summary>Where the next job may be read into, when the one before has been added.</summary>
    public JobYaml Blank()
    {
        _blank.Clear();
        return _blank;
    }

    public void Add(JobYaml yaml)
    {
        _jobs.Add(_builder.Build(yaml));
        _namesAt.Add(yaml.NameAt);
    }

    /// <summary>Where the name of a job stands, by its index.</summary>
    public string PlaceOf(int job) => Errors.PlaceOf(_namesAt[job]);

    public void RefuseTwin(int job, string firstPlace) =>
        Errors.Add(_namesAt[job], $"job {Shown.Quote(_jobs[job].Name)} twice: first at {firstPlace}; job names are unique over all apps");

    private static App AppOf(AppYaml yaml) => new()
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
}
