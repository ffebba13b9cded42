using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Storage;

/// <summary>
/// Which jobs' rows say all that is to be saved, but for what every run changes: nearly every save is one of a run, and the statement
/// that would find nothing to write costs as much as one that writes. Eight bytes a job. The writer's own.
/// </summary>
/// <remarks>A print of 64 bits stands for a row: that two rows of one job share it happens once in a hundred billion billion changes.</remarks>
internal sealed class KeptJobs
{
    /// <summary>Numbers of jobs are small, for they count from one; of one beyond this nothing is remembered.</summary>
    private const int IdMax = 4_000_000;

    private long[] _prints = [];

    /// <summary>False: its row is to be written now, in this transaction.</summary>
    public bool Has(JobRow row)
    {
        if (row.Id is < 0 or > IdMax)
            return false;
        if (row.Id >= _prints.Length)
            Array.Resize(ref _prints, Math.Max(row.Id + 1, Math.Min(IdMax + 1, _prints.Length * 2)));
        long print = PrintOf(row);
        bool has = _prints[row.Id] == print;
        _prints[row.Id] = print;
        return has;
    }

    /// <summary>After a transaction that was rolled back: what it was to write is not there.</summary>
    public void Forget() => Array.Clear(_prints);

    /// <summary>Of the columns of <see cref="JobColumns.Save"/>; never 0.</summary>
    private static long PrintOf(JobRow row)
    {
        var print = new StableHash();
        print.Add(row.Name);
        print.Add(row.App);
        print.Add(row.OverrideBy);
        print.Add(row.CreatedMs);
        print.Add(row.UpdatedMs);
        print.Add(row.DefinitionHash);
        print.Add(row.TriggerHash);
        print.Add(row.EffectiveFromMs);
        print.Add(Of(row.EnabledOverride));
        print.Add(Of(row.OverriddenYamlState));
        print.Add(row.OverrideAtMs ?? -1);
        return print.Value | 1;
    }

    private static long Of(bool? value) => value is { } known ? known ? 1 : 0 : -1;
}
