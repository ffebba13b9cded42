using Qschedd.Engine.Cron;

namespace Qschedd.Config;

/// <summary>Knows the time zones, and what was meant by a word that is none.</summary>
internal sealed class ZoneCheck
{
    private const int SuggestionsMax = 5;
    private const int WordsMax = 50;

    // Not ids, but what people write; GMT+8 above all, whose sign is the other way round in Etc/GMT-8.
    private static readonly Dictionary<string, string> Meant = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Asia/Beijing"] = "Asia/Shanghai",
        ["Beijing"] = "Asia/Shanghai",
        ["China"] = "Asia/Shanghai",
        ["CST"] = "Asia/Shanghai",
        ["China Standard Time"] = "Asia/Shanghai",
        ["GMT+8"] = "Asia/Shanghai",
        ["UTC+8"] = "Asia/Shanghai",
        ["+08:00"] = "Asia/Shanghai",
        ["Z"] = "UTC",
        ["Local"] = "UTC",
    };

    private readonly HashSet<string> _known = [];
    private readonly Dictionary<string, List<string>> _near = [];
    private string[]? _ids;

    public bool Has(string id)
    {
        if (_known.Contains(id))
            return true;
        return ZoneTable.Find(id) is not null && _known.Add(id);
    }

    /// <summary>Nearest first. A search for each of the first unknown words; there is none for a file of nothing else.</summary>
    public List<string> Near(string word)
    {
        if (Meant.TryGetValue(word, out string? meant))
            return [meant];
        if (!_near.TryGetValue(word, out List<string>? near) && _near.Count < WordsMax)
            _near[word] = near = Search(word);
        return near ?? [];
    }

    private List<string> Search(string word)
    {
        _ids ??= ReadIds();
        IEnumerable<string> same = _ids.Where(id => Suggest.IsSame(id, word) || Suggest.IsSame(City(id), City(word)));
        return [.. same.Concat(Suggest.NearAll(word, _ids, SuggestionsMax)).Distinct().Take(SuggestionsMax)];
    }

    /// <summary>The third column of the tz database's table of zones; only UTC where it is not installed.</summary>
    private static string[] ReadIds()
    {
        string table = Path.Join(TzDatabase.Folder, "zone.tab");
        if (TzDatabase.Folder is null || SourceFile.Read(table, 1 << 20, out int length, out _) is not { } bytes)
            return ["UTC"];
        IEnumerable<string[]> rows = System.Text.Encoding.UTF8.GetString(bytes, 0, length).Split('\n').Select(line => line.Split('\t'));
        return ["UTC", .. rows.Where(row => row.Length > 2 && !row[0].StartsWith('#')).Select(row => row[2])];
    }

    private static string City(string id) => id[(id.LastIndexOf('/') + 1)..].Replace(' ', '_');
}
