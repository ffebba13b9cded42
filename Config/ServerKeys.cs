namespace Qschedd.Config;

/// <summary>The keys of a file and of its <c>server</c> section.</summary>
internal static class ServerKeys
{
    public static readonly Section<TlsYaml> Tls = new Section<TlsYaml>("tls")
        .Object("certificate", ValueKind.Path, "file of the certificate and its chain, PEM", (reader, key) => reader.FilePath(key),
            (tls, value, _) => tls.Certificate = value, "/etc/qschedd/tls.crt", isRequired: true)
        .Object("key", ValueKind.Path, "file of the certificate's private key, PEM", (reader, key) => reader.FilePath(key),
            (tls, value, _) => tls.Key = value, "/etc/qschedd/tls.key", isRequired: true);

    public static readonly Section<HistoryYaml> History = new Section<HistoryYaml>("history")
        .Duration("keepFor", "ended tasks older than this go", (history, value, _) => history.KeepFor = value, "30d", "30d")
        .Integer("keepPerJob", "of each job, so many ended tasks stay; the newest always stays",
            (history, value, _) => history.KeepPerJob = value, "1000", "1000", new(1, int.MaxValue));

    public static readonly Section<MetricsYaml> Metrics = new Section<MetricsYaml>("metrics")
        .Flag("perJob", "/metrics has series of each job too, of at most 10000 jobs", (metrics, value, _) => metrics.PerJob = value, "true", "false");

    public static readonly Section<ServerYaml> Server = new Section<ServerYaml>("server", SectionChecks.Server)
        .Object("listen", ValueKind.ListenList,
            "where to listen, one or a list: http://host:port, https://host:port (with tls), unix:/path",
            (reader, key) => reader.ListenList(key), SetListen, "http://127.0.0.1:8080", "http://127.0.0.1:8080")
        .Mapping("tls", "certificate and key for https:// in listen", Tls, (server, value, _) => server.Tls = value,
            "{certificate: /etc/qschedd/tls.crt, key: /etc/qschedd/tls.key}")
        .Object("database", ValueKind.Path, "the database file, relative to this file", (reader, key) => reader.Database(key),
            (server, value, _) => server.Database = value, "qschedd.db", "$STATE_DIRECTORY/qschedd.db, else qschedd.db beside the file")
        .Object("timeZone", ValueKind.TimeZone, "IANA zone of task ids, and of jobs that name none", (reader, key) => reader.Zone(key),
            (server, value, _) => server.TimeZone = value, "Asia/Shanghai", "the host's")
        .Text("environment", "dev: job names are shown with the suffix _dev", (server, value, _) => server.Environment = value, "dev")
        .Secret("adminToken", "a token that opens all apps; best from ${env:NAME} or ${file:/path}",
            (server, value, _) => server.AdminToken = value, "${env:QSCHEDD_ADMIN_TOKEN}")
        .Object("advertise", ValueKind.Url, "base URL at which workers reach this daemon", (reader, key) => reader.Advertise(key),
            (server, value, _) => server.Advertise = value, "http://10.0.0.5:8080/", "the first listen address")
        .Duration("misfireThreshold", "a fire that is late by up to this is still run as planned",
            (server, value, _) => server.MisfireThreshold = value, "60s", "60s")
        .Duration("workerTtl", "a worker or a running task that is silent for so long is lost",
            (server, value, _) => server.WorkerTtl = value, "90s", "90s", minMs: 1)
        .Duration("answerTimeout", "how long a worker may take to answer a run; connecting has 3 s",
            (server, value, _) => server.AnswerTimeout = value, "30s", "30s", minMs: 1)
        .Duration("lostAfter", "a task that never sent a heartbeat is given up after this",
            (server, value, _) => server.LostAfter = value, "24h", "24h", minMs: 1)
        .Object("workerNetworks", ValueKind.NetworkList, "where workers may be: networks or addresses; others are never connected to",
            (reader, key) => reader.Networks(key), (server, value, _) => server.WorkerNetworks = value,
            "[10.0.0.0/8, 192.168.0.0/16]", "private ranges and loopback")
        .Mapping("history", "how long ended tasks stay; both bounds hold", History, (server, value, _) => server.History = value,
            "{keepFor: 30d, keepPerJob: 1000}", "{keepFor: 30d, keepPerJob: 1000}")
        .Mapping("metrics", "what /metrics shows", Metrics, (server, value, _) => server.Metrics = value, "{perJob: true}", "{perJob: false}");

    public static readonly Section<FileYaml> Root = new Section<FileYaml>("the file")
        .Mapping("server", "the daemon itself; in one file only", Server, SetServer, "{listen: http://127.0.0.1:8080}")
        .MappingList("apps", "the apps: each a token, a set of workers, and jobs", AppKeys.App, (file, value, _) => file.Apps = value,
            "[{name: qschedule.demo, id: 163, token: \"${env:DEMO_TOKEN}\"}]", "no apps");

    private static void SetListen(ServerYaml server, List<ListenUrl> value, Position at) => (server.Listen, server.ListenAt) = (value, at);

    private static void SetServer(FileYaml file, ServerYaml value, Position at) => (file.Server, file.ServerAt) = (value, at);
}
