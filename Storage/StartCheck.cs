using Microsoft.Extensions.Logging;
using Qschedd.Engine.Ports;
using SQLitePCL;

namespace Qschedd.Storage;

/// <summary>
/// Before a start goes by what it reads: every row of it says what was written, or the start is refused; or, when an operator asks for
/// it, goes on without that row. Then the indexes, which hold nothing of their own, are made to agree with the tables.
/// </summary>
/// <param name="database">Opened, its structure checked.</param>
/// <param name="path">Its file.</param>
/// <param name="indexFault">What an index was found to say otherwise than its table, or null.</param>
/// <param name="figures">Counts damaged rows.</param>
/// <param name="logger">For operators.</param>
internal sealed class StartCheck(Database database, string path, string? indexFault, StoreFigures figures, ILogger logger)
{
    private const int NamedMax = 5;

    private string? _indexFault = indexFault;

    public bool ForgetsDamaged { get; init; }

    /// <exception cref="StoreOpenException">Rows are damaged, and were not to be forgotten or could not be.</exception>
    public void Run()
    {
        List<DamagedRow> found = Find(withTexts: ForgetsDamaged);
        if (found.Count > 0 && !ForgetsDamaged)
            throw Refusal(found, "restore it from a backup, or start once with 'qschedd run --forget-damaged', which goes on without them "
                + "(docs/reliability.md says what that means for each)");
        if (found.Count > 0)
            Forget(found);
        if (_indexFault is not null)
            MendIndexes(_indexFault);
    }

    private List<DamagedRow> Find(bool withTexts)
    {
        List<DamagedRow> found = [.. SummedTable.ReadAtStart.SelectMany(table => table.DamagedRows(database))];
        if (database.Scalar("SELECT (SELECT count(*) FROM job NOT INDEXED) <> (SELECT count(*) FROM job_state)") != 0)
            found.Add(new DamagedRow("job_state", "job_id IN (SELECT id FROM job NOT INDEXED EXCEPT SELECT job_id FROM job_state)"));
        // What says which tasks have sums may be damaged itself: then none are asked for theirs.
        bool isMetaSound = !found.Exists(row => row.Table == SummedTable.Meta.Name);
        FindRunning(found, isMetaSound ? ImageReader.SummedFrom(database) : long.MaxValue);
        if (withTexts)
            found.AddRange(SummedTable.Texts.SelectMany(table => table.DamagedRows(database)));
        return found;
    }

    private void FindRunning(List<DamagedRow> found, long summedFrom)
    {
        using Statement row = database.Prepare(ImageReader.RunningSql);
        while (row.Step())
        {
            if (!TaskColumns.IsSound(row, summedFrom))
                found.Add(new DamagedRow("task", $"seq = {row.Long(0)}"));
            else if (row.Int(TaskColumns.StateColumn) is not (100 or 200))
                _indexFault ??= $"task_running names task {row.Long(0)}, which has ended";
        }
    }

    private void Forget(List<DamagedRow> found)
    {
        long nowMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        database.InTransactionDo(() =>
        {
            MakeAgree(found);
            foreach (DamagedRow row in found)
                database.Execute(Forgetting.Sql(row, nowMs));
            database.Execute(Forgetting.FillGapsSql);
        });
        if (Find(withTexts: true) is { Count: > 0 } left)
            throw Refusal(left, "they could not be taken out: restore it from a backup");
        foreach (DamagedRow row in found)
        {
            figures.OnDamaged();
            StoreLog.Forgotten(logger, path, row, Forgetting.Effect(row));
        }
    }

    private void MakeAgree(List<DamagedRow> found)
    {
        try
        {
            database.Execute(Forgetting.AgreeSql);
        }
        catch (SqliteFailure failure) when (failure.Code == raw.SQLITE_CONSTRAINT)
        {
            throw Refusal(found, $"they cannot be taken out, for one is called as another now ({failure.Message}): restore it from a backup");
        }
    }

    private void MendIndexes(string fault)
    {
        try
        {
            database.Execute("REINDEX");
        }
        catch (SqliteFailure failure)
        {
            throw new StoreOpenException($"{path} is damaged ({fault}; {failure.Message}): restore it from a backup", failure);
        }
        StoreLog.IndexesMended(logger, path, fault);
    }

    private StoreOpenException Refusal(List<DamagedRow> rows, string remedy)
    {
        string more = rows.Count > NamedMax ? $" and {rows.Count - NamedMax} more" : "";
        return new StoreOpenException(
            $"{path} is damaged: records do not say what was written (wrong checksum): {string.Join("; ", rows.Take(NamedMax))}{more}; "
            + remedy);
    }
}
