using Qschedd.Engine.Definitions;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Storage;

/// <summary>Writes the texts of definitions, each rendered when its turn comes. The caller holds the transaction.</summary>
internal sealed class DefinitionWriter(Database database) : IDisposable
{
    public const string ServerName = "server";
    public const string AppPrefix = "app:";

    private readonly DefinitionText _text = new();
    private readonly Statement _saveJob = database.Prepare(
        """
        INSERT INTO job_definition(job_id, print, text, sum) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (job_id) DO UPDATE SET print = ?2, text = ?3, sum = ?4
        """);
    private readonly Statement _deleteJob = database.Prepare("DELETE FROM job_definition WHERE job_id = ?1");
    // Writes nothing when it says this already, as after nearly every start.
    private readonly Statement _save = database.Prepare(
        """
        INSERT INTO definition(name, text, sum) VALUES (?1, ?2, ?3)
        ON CONFLICT (name) DO UPDATE SET text = ?2, sum = ?3 WHERE (text, sum) IS NOT (?2, ?3)
        """);
    private readonly Statement _delete = database.Prepare("DELETE FROM definition WHERE name = ?1");
    private readonly Statement _names = database.Prepare("SELECT name FROM definition");

    public void Write(JobRow row, Job job) => _saveJob.Bind(1, row.Id).Bind(2, row.DefinitionPrint).BindUtf8(3, _text.Of(job))
        .BindSum(4).Run();

    public void Write(DefinitionDelete gone) => _deleteJob.Bind(1, gone.JobId).Run();

    public void Write(CatalogSave save)
    {
        var names = save.Catalog.Apps.Select(app => AppPrefix + app.Name).Append(ServerName).ToHashSet();
        foreach (string gone in Names().Where(name => !names.Contains(name)))
            _delete.Bind(1, gone).Run();
        _save.Bind(1, ServerName).BindUtf8(2, _text.Of(save.Catalog.Server)).BindSum(3).Run();
        foreach (App app in save.Catalog.Apps)
            _save.Bind(1, AppPrefix + app.Name).BindUtf8(2, _text.Of(app)).BindSum(3).Run();
    }

    public void Dispose()
    {
        foreach (Statement statement in (Statement[])[_saveJob, _deleteJob, _save, _delete, _names])
            statement.Dispose();
    }

    private List<string> Names()
    {
        List<string> names = [];
        while (_names.Step())
            names.Add(_names.Text(0));
        _names.Reset();
        return names;
    }
}
