using Qschedd.Engine.Model;

namespace Qschedd.Config;

/// <summary>Judges each file of one load before it is read; what may be used all the same is a warning.</summary>
internal sealed class TrustCheck(ConfigEnvironment environment)
{
    private readonly FileNotes _warnings = new();

    public IEnumerable<string> Warnings => _warnings.InOrder();

    /// <summary>The place of the file that is read now in their order: it is not always the order in which they are read.</summary>
    public int File { get; set; }

    /// <summary>Null: the file may be used, as far as it is known who else may change it.</summary>
    public string? FindFault(string path)
    {
        if (environment.Trust is not { } trust)
            return null;
        FileVerdict verdict = trust.Judge(path);
        if (verdict.Warning is { } warning)
            _warnings.Add(File, warning);
        if (verdict.Fault is not { } fault || environment.IsDistrustFatal)
            return verdict.Fault;
        _warnings.Add(File, $"'run' would refuse it, were it started by this user: {fault}");
        return null;
    }
}
