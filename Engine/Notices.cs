using System.Collections.Concurrent;

namespace Qschedd.Engine;

/// <summary>What an operator should see although the daemon does its work: one line about each thing. Any thread may call it.</summary>
internal sealed class Notices
{
    private readonly ConcurrentDictionary<string, string> _open = new(StringComparer.Ordinal);

    /// <summary>Null: nothing is open.</summary>
    public string? Text => _open.IsEmpty ? null : string.Join("; ", _open.OrderBy(n => n.Key, StringComparer.Ordinal).Select(n => n.Value));

    /// <param name="about">Whose notice it is.</param>
    /// <param name="text">In an operator's words; null: all is well with it again.</param>
    public void Set(string about, string? text)
    {
        if (text is null)
            _open.TryRemove(about, out _);
        else
            _open[about] = text;
    }
}
