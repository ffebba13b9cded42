namespace Qschedd.Config;

/// <summary>Knows the time zones, and what was meant by a word that is none.</summary>
internal sealed class ZoneCheck
{
    private const int SuggestionsMax = 5;

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

    private readonly Dictionary<string, bool> _known = [];
    private string[]? _ids;

    public bool Has(string id)
    {
        if (!_known.TryGetValue(id, out bool known))
            _known[id] = known = TimeZoneInfo.TryFindSystemTimeZoneById(id, out _);
        return known;
    }

    /// <summary>Nearest first.</summary>
    public List<string> Near(string word)
    {
        if (Meant.TryGetValue(word, out string? meant))
            return [meant];
        _ids ??= [.. TimeZoneInfo.GetSystemTimeZones().Select(zone => zone.Id)];
        IEnumerable<string> sameCity = _ids.Where(id => Suggest.IsSame(id, word) || Suggest.IsSame(City(id), City(word)));
        return [.. sameCity.Concat(Suggest.NearAll(word, _ids, SuggestionsMax)).Distinct().Take(SuggestionsMax)];
    }

    private static string City(string id) => id[(id.LastIndexOf('/') + 1)..].Replace(' ', '_');
}
