namespace Qschedd.Storage;

/// <summary>A table whose rows carry a sum in their column <c>sum</c>.</summary>
/// <param name="Name">Of the table.</param>
/// <param name="Columns">All others, in the order in which writers bind them; those of the key come first.</param>
/// <param name="KeyColumns">How many are of the key.</param>
internal sealed record SummedTable(string Name, string[] Columns, int KeyColumns)
{
    public static readonly SummedTable Meta = new("meta", ["key", "value"], 1);

    public static readonly SummedTable Slice = new("slice", ["id", "start_ms"], 1);

    public static readonly SummedTable Job = new(
        "job",
        [
            "id", "name", "app", "created_ms", "updated_ms", "definition_hash", "trigger_hash", "effective_from_ms", "enabled_override",
            "overridden_yaml_state", "override_by", "override_at_ms",
        ],
        1);

    public static readonly SummedTable JobState = new(
        "job_state",
        ["job_id", "last_task_seq", "last_state", "last_run_ms", "last_update_ms", "failures_in_row", "misfires_discarded"],
        1);

    public static readonly SummedTable WorkerOverride = new("worker_override", ["job_id", "address", "online", "actor", "at_ms"], 2);

    public static readonly SummedTable Registration = new("registration", ["app", "address", "hostname", "jobs", "last_seen_ms"], 2);

    public static readonly SummedTable Definition = new("definition", ["name", "text"], 1);

    public static readonly SummedTable JobDefinition = new("job_definition", ["job_id", "print", "text"], 1);

    /// <summary>What a start reads whole, and goes by.</summary>
    public static readonly SummedTable[] ReadAtStart = [Meta, Slice, Job, JobState, WorkerOverride, Registration];

    /// <summary>Texts, which only <c>plan</c> reads; a daemon writes them anew when what they tell of has changed.</summary>
    public static readonly SummedTable[] Texts = [Definition, JobDefinition];

    /// <summary>The rows that do not say what was written.</summary>
    public IEnumerable<DamagedRow> DamagedRows(Database database)
    {
        using Statement row = database.Prepare($"SELECT {string.Join(", ", Columns)}, sum FROM {Name}");
        while (row.Step())
        {
            if (!row.IsSound(0, Columns.Length, Columns.Length))
                yield return new DamagedRow(Name, string.Join(" AND ", Columns.Take(KeyColumns).Select((name, i) => $"{name} = {row.Literal(i)}")));
        }
    }
}

/// <param name="Table">Its name.</param>
/// <param name="Where">Which row, as SQL has it.</param>
internal sealed record DamagedRow(string Table, string Where)
{
    public override string ToString() => $"{Table} where {Where}";
}
