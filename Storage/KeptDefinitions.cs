namespace Qschedd.Storage;

/// <summary>A definition as kept: its JSON text.</summary>
internal sealed record KeptDefinition(string Name, string Text);

/// <summary>On or off by the API, as kept. Job and address: of a worker that was taken offline.</summary>
internal sealed record KeptWord(string Job, string? Address, bool Value, string By, long AtMs, bool IsRegistered);

/// <summary>
/// Reads the definitions that a daemon has put in force, of a database that it may have open: one view of one moment, and nothing
/// of it is changed.
/// </summary>
internal sealed class KeptDefinitions : IDisposable
{
    private const long VersionMin = 2;

    private static readonly SummedTable[] Tables =
        [.. SummedTable.Texts, SummedTable.Job, SummedTable.WorkerOverride, SummedTable.Registration];

    private readonly string _path;
    private readonly Database _database;

    private KeptDefinitions(string path, Database database) => (_path, _database) = (path, database);

    /// <exception cref="StoreOpenException">Why it cannot be read, in an operator's words.</exception>
    public static KeptDefinitions Open(string path)
    {
        path = DatabaseFile.Resolve(path);
        if (!File.Exists(path))
            throw new StoreOpenException($"there is no database {path}: no daemon has run on it yet");
        return Guarded(path, () =>
        {
            Database database = Database.OpenReadOnly(path);
            try
            {
                database.Execute("BEGIN");
                Check(database, path);
                return new KeptDefinitions(path, database);
            }
            catch
            {
                database.Dispose();
                throw;
            }
        });
    }

    /// <summary>The server's definition, or null.</summary>
    public string? Server() => Guarded(_path, () => _database.ScalarText($"SELECT text FROM definition WHERE name = '{DefinitionWriter.ServerName}'"));

    public IReadOnlyList<KeptDefinition> Apps() => Guarded(_path, () => Read(
        $"SELECT substr(name, {DefinitionWriter.AppPrefix.Length + 1}), text FROM definition WHERE name LIKE '{DefinitionWriter.AppPrefix}%' ORDER BY name",
        row => new KeptDefinition(row.Text(0), row.Text(1))).ToList());

    /// <summary>One after another: of a hundred thousand no two texts are held at once.</summary>
    public IEnumerable<KeptDefinition> Jobs() => Read(
        "SELECT j.name, d.text FROM job j JOIN job_definition d ON d.job_id = j.id ORDER BY j.name",
        row => new KeptDefinition(row.Text(0), row.Text(1)));

    /// <summary>What was said of jobs that have a definition, and of their workers.</summary>
    public IReadOnlyList<KeptWord> Words() => Guarded(_path, () => Read(WordsSql,
        row => new KeptWord(row.Text(0), row.TextOrNull(1), row.Bool(2), row.TextOrNull(3) ?? "", row.LongOrNull(4) ?? 0, row.Bool(5))).ToList());

    public void Dispose() => _database.Dispose();

    private static void Check(Database database, string path)
    {
        if (Schema.Refusal(database, Schema.Steps.Count) is { } refusal)
            throw new StoreOpenException($"{path} {refusal}");
        long? version = database.Scalar("PRAGMA user_version");
        if (version < VersionMin)
            throw new StoreOpenException($"{path} was written by an older qschedd, which kept no definitions: start this one on it once");
        if (version >= Schema.FirstWithSums && Tables.SelectMany(table => table.DamagedRows(database)).FirstOrDefault() is { } damaged)
            throw new StoreOpenException($"{path} is damaged: {damaged} does not say what was written (wrong checksum); restore it from a "
                + "backup, or start the daemon once with --forget-damaged");
    }

    private IEnumerable<T> Read<T>(string sql, Func<Statement, T> read)
    {
        using Statement statement = Guarded(_path, () => _database.Prepare(sql));
        while (Guarded(_path, statement.Step))
            yield return read(statement);
    }

    private static T Guarded<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (SqliteFailure failure)
        {
            throw new StoreOpenException($"{path} cannot be read: {failure.Message}", failure);
        }
    }

    private const string WordsSql = """
        SELECT j.name, NULL, j.enabled_override, j.override_by, j.override_at_ms, 0
        FROM job j JOIN job_definition d ON d.job_id = j.id
        WHERE j.enabled_override IS NOT NULL
        UNION ALL
        SELECT j.name, w.address, w.online, w.actor, w.at_ms,
            EXISTS (SELECT 1 FROM registration r WHERE r.app = j.app AND r.address = w.address)
        FROM worker_override w JOIN job j ON j.id = w.job_id JOIN job_definition d ON d.job_id = j.id
        """;
}
