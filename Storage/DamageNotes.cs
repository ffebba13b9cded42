using Microsoft.Extensions.Logging;
using Qschedd.Engine.Ports;

namespace Qschedd.Storage;

/// <summary>Tells of rows of history that do not say what was written: each once, as long as there are few. Any thread.</summary>
internal sealed class DamageNotes(string path, ILogger logger, StoreFigures figures)
{
    /// <summary>Comes before whatever the damaged row says.</summary>
    public const string Mark = "this record is damaged (wrong checksum): what it says may be wrong";

    private const int NotedMax = 10_000;

    private readonly HashSet<DamagedRow> _noted = [];

    public void Note(DamagedRow row)
    {
        lock (_noted)
        {
            if (_noted.Count >= NotedMax || !_noted.Add(row))
                return;
        }
        figures.OnDamaged();
        StoreLog.DamagedHistory(logger, path, row);
    }

    public static string Marked(string? text) => string.IsNullOrEmpty(text) ? Mark : $"{Mark}; {text}";
}
