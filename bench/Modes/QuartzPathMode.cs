using Microsoft.Data.Sqlite;
using Qschedd.Bench.Measure;
using Qschedd.Bench.Systems;
using Quartz;

namespace Qschedd.Bench.Modes;

/// <summary>
/// <c>path --jobs N --seconds S --url U --dir D</c>: what one would build on Quartz: a job that posts to the worker and writes the
/// outcome to SQLite, durably. The schedule itself is in memory, which spares Quartz its own store.
/// </summary>
internal static class QuartzPathMode
{
    private const int Connections = 64;

    public static async Task<Samples> RunAsync(Options options)
    {
        using var client = ClientMode.NewClient(Connections);
        using var database = Sqlite.Open(Path.Combine(options.Text("dir"), "bench.db"));
        QuartzPost.Open(database, client, new Uri(options.Text("url")));
        var scheduler = await QuartzHost.BuildAsync(Connections);
        await QuartzHost.ScheduleAsync<QuartzPost>(scheduler, options.Number("jobs"), _ => "* * * * * ?");
        await scheduler.Start();
        var samples = await Seconds.MeasureAsync(QuartzPost.Meter, options.Number("warm-up", 3), options.Number("seconds"));
        await QuartzHost.EndAsync(scheduler);
        return samples;
    }
}

internal sealed class QuartzPost : IJob
{
    public static readonly LagMeter Meter = new();

    private static readonly object Gate = new();
    private static HttpMessageInvoker? _client;
    private static Uri? _url;
    private static SqliteCommand? _insert;

    public static void Open(SqliteConnection database, HttpMessageInvoker client, Uri url)
    {
        using var create = database.CreateCommand();
        create.CommandText = """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
            CREATE TABLE run(id INTEGER PRIMARY KEY, job TEXT NOT NULL, scheduled_ms INTEGER NOT NULL, ok INTEGER NOT NULL);
            """;
        create.ExecuteNonQuery();
        _insert = database.CreateCommand();
        _insert.CommandText = "INSERT INTO run(job, scheduled_ms, ok) VALUES ($job, $scheduled, $ok)";
        foreach (string name in new[] { "$job", "$scheduled", "$ok" })
            _insert.Parameters.Add(new SqliteParameter(name, null));
        (_client, _url) = (client, url);
    }

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        long scheduledMs = context.ScheduledFireTimeUtc!.Value.ToUnixTimeMilliseconds();
        bool ok = await ClientMode.PostAsync(_client!, _url!, scheduledMs);
        Write(context.JobDetail.Key.Name, scheduledMs, ok);
        Meter.Record(LagMeter.NowUs - scheduledMs * 1000);
    }

    private static void Write(string job, long scheduledMs, bool ok)
    {
        lock (Gate) // SQLite has one writer
        {
            _insert!.Parameters[0].Value = job;
            _insert.Parameters[1].Value = scheduledMs;
            _insert.Parameters[2].Value = ok;
            _insert.ExecuteNonQuery();
        }
    }
}
