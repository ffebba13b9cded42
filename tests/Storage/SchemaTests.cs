using Qschedd.Storage;

namespace Qschedd.Tests.Storage;

public sealed class SchemaTests : IDisposable
{
    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Upgrade_TakesEachMissingStep_Once()
    {
        using Database database = New();
        Schema.Upgrade(database, Schema.Steps);
        database.Execute("INSERT INTO audit(at_ms, actor, action, target) VALUES (1, 'ann', 'off', 'job1')");
        string[] steps = [.. Schema.Steps, "ALTER TABLE audit ADD COLUMN origin TEXT", "UPDATE audit SET origin = 'before the upgrade'"];

        Schema.Upgrade(database, steps);
        Schema.Upgrade(database, steps);

        Assert.Equal("before the upgrade", database.ScalarText("SELECT origin FROM audit"));
        Assert.Equal(steps.Length, database.Scalar("PRAGMA user_version"));
        Assert.Null(Schema.Refusal(database, steps.Length));
        Assert.Contains("newer qschedd", Schema.Refusal(database, steps.Length - 1));
    }

    [Fact]
    public void Upgrade_LeavesTheVersionBefore_WhenAStepFails()
    {
        using Database database = New();
        Schema.Upgrade(database, Schema.Steps);

        Assert.Throws<SqliteFailure>(() => Schema.Upgrade(
            database, [.. Schema.Steps, "CREATE TABLE fine(x)", "CREATE TABLE half(x); INSERT INTO nowhere VALUES (1)"]));

        Assert.Equal(Schema.Steps.Count + 1, database.Scalar("PRAGMA user_version"));
        Assert.Null(Schema.Refusal(database, Schema.Steps.Count + 1));
        Assert.Equal(1, database.Scalar("SELECT count(*) FROM sqlite_schema WHERE name IN ('fine', 'half')"));
    }

    [Fact]
    public void Steps_MarkTheFileAsOurs()
    {
        using Database database = New();
        Schema.Upgrade(database, Schema.Steps);

        Assert.Equal(Schema.ApplicationId, database.Scalar("PRAGMA application_id"));
    }

    /// <summary>History may hold millions of tasks: what the API asks for must not scan or sort them.</summary>
    [Theory]
    [InlineData("list", "SEARCH t USING INDEX task_fire (slice=? AND job_id=? AND scheduled_ms>? AND scheduled_ms<?)")]
    [InlineData("find", "SEARCH t USING INTEGER PRIMARY KEY (rowid=?)")]
    [InlineData("running", "SCAN t USING INDEX task_running")]
    [InlineData("sweep", "SEARCH task USING COVERING INDEX task_fire (slice=? AND job_id>?)")]
    public void Query_UsesItsIndex_AndSortsNothing(string query, string expected)
    {
        using Database database = New();
        Schema.Upgrade(database, Schema.Steps);
        string sql = query switch
        {
            "list" => HistorySession.ListSql,
            "find" => HistorySession.FindSql,
            "running" => ImageReader.RunningSql,
            _ => HistorySweep.ScanSql,
        };

        List<string> plan = Plan(database, sql);

        Assert.Contains(expected, plan);
        Assert.DoesNotContain(plan, line => line.Contains("TEMP B-TREE"));
        Assert.DoesNotContain(plan, line => line is "SCAN t" or "SCAN task" or "SCAN j");
    }

    private static List<string> Plan(Database database, string sql)
    {
        var lines = new List<string>();
        using Statement statement = database.Prepare("EXPLAIN QUERY PLAN " + sql);
        while (statement.Step())
            lines.Add(statement.Text(3));
        return lines;
    }

    private Database New()
    {
        File.WriteAllBytes(_folder.Database, []);
        return Database.Open(_folder.Database);
    }
}
