using Qschedd.Engine.Cron;
using Qschedd.Engine.Model;

namespace Qschedd.Config;

/// <summary>The <c>server</c> section with its defaults; the file may have none.</summary>
internal sealed class ServerBuilder(ConfigEnvironment environment, FileYaml file)
{
    private const string DatabaseName = "qschedd.db";

    private static readonly ListenUrl ListenDefault = new("http://127.0.0.1:8080", "http", "127.0.0.1", 8080, default);

    private readonly ServerYaml _yaml = file.Server ?? new ServerYaml();

    public ServerSettings Build()
    {
        List<ListenUrl> listen = _yaml.Listen is { Count: > 0 } given ? given : [ListenDefault];
        CheckTls(listen);
        return new ServerSettings
        {
            Listen = [.. listen.Select(item => item.Url)],
            Database = Database(),
            TimeZone = _yaml.TimeZone ?? HostZone(),
            Environment = _yaml.Environment,
            AdminToken = _yaml.AdminToken,
            Advertise = _yaml.Advertise ?? Advertise(listen),
            MisfireThreshold = _yaml.MisfireThreshold ?? TimeSpan.FromSeconds(60),
            WorkerTtl = _yaml.WorkerTtl ?? TimeSpan.FromSeconds(90),
            AnswerTimeout = _yaml.AnswerTimeout ?? TimeSpan.FromSeconds(30),
            LostAfter = _yaml.LostAfter ?? TimeSpan.FromHours(24),
            History = new HistorySettings(_yaml.History?.KeepFor ?? TimeSpan.FromDays(30), _yaml.History?.KeepPerJob ?? 1000),
            WorkerNetworks = _yaml.WorkerNetworks ?? WorkerNetworks.Private,
            Metrics = new MetricsSettings(_yaml.Metrics?.PerJob ?? false),
            Hidden = _yaml.Hidden,
            Given = _yaml.Given,
            BaseDirectory = file.Directory,
            Tls = _yaml.Tls is { } tls ? new TlsSettings(Full(tls.Certificate ?? ""), Full(tls.Key ?? "")) : null,
        };
    }

    private void CheckTls(List<ListenUrl> listen)
    {
        if (_yaml.Tls is null && listen.Find(item => item.Scheme == "https") is { } secure)
            file.Errors.Add(secure.At, $"'{secure.Url}' needs a certificate: add tls: {{certificate: FILE, key: FILE}} to server");
    }

    private string Database()
    {
        if (_yaml.Database is { } given)
            return Full(given);
        string? state = environment.StateDirectory?.Split(':', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return state is null ? Full(DatabaseName) : Path.GetFullPath(Path.Join(state, DatabaseName));
    }

    private string HostZone()
    {
        if (ZoneTable.Find(environment.HostTimeZone) is null)
            file.Errors.Add(file.Server is null ? Position.Start : file.ServerAt,
                $"the host's time zone {Shown.Quote(environment.HostTimeZone)} is no IANA id: set server.timeZone, as in timeZone: UTC");
        return environment.HostTimeZone;
    }

    /// <summary>The first address that TCP reaches; a wildcard is every address, so workers are told the host's name.</summary>
    private string Advertise(List<ListenUrl> listen)
    {
        ListenUrl? first = listen.Find(item => item.Host is not null);
        if (first is null)
            return $"http://{environment.HostName}/";
        return $"{first.Scheme}://{(first.IsWildcard ? environment.HostName : first.Host)}:{first.Port}/";
    }

    private string Full(string path) => Path.GetFullPath(path, file.Directory);
}
