using System.Globalization;

namespace Qschedd.Config;

/// <summary>What a key's value must be, in words that follow its name.</summary>
internal static class ValueKinds
{
    public static string Must(KeySpec key) => key.Kind switch
    {
        ValueKind.Text or ValueKind.Name or ValueKind.Cron or ValueKind.TimeZone or ValueKind.Address =>
            $"must be text, as in {key.Name}: {key.Example}",
        ValueKind.Secret => "must be text, best ${env:NAME} or ${file:/path}",
        ValueKind.Flag => "must be true or false",
        ValueKind.Integer => $"must be {Whole(key.Bounds)}",
        ValueKind.Number => $"must be a number from {Plain(key.Bounds.Min)} to {Plain(key.Bounds.Max)}",
        ValueKind.Duration => "must be a duration such as 90s, 30m, 2h or 1d",
        ValueKind.Word => $"must be one of {string.Join(", ", key.Words)}",
        ValueKind.WordList => $"must be a list of {string.Join(", ", key.Words)}",
        ValueKind.Json => $"must be a mapping, as in {key.Name}: {key.Example}",
        ValueKind.TextMap or ValueKind.Mapping => $"must be a mapping, as in {key.Name}: {key.Example}",
        ValueKind.ListenList => $"must be an address or a list of them, as in {key.Name}: {key.Example}",
        ValueKind.Url => $"must be a URL, as in {key.Name}: {key.Example}",
        ValueKind.Path or ValueKind.WorkerPath => $"must be a path, as in {key.Name}: {key.Example}",
        _ => $"must be a list, as in {key.Name}: {key.Example}",
    };

    public static string Whole(Bounds bounds) => bounds.Max >= int.MaxValue
        ? $"a whole number, {Plain(bounds.Min)} or more"
        : $"a whole number from {Plain(bounds.Min)} to {Plain(bounds.Max)}";

    private static string Plain(double value) => value.ToString(CultureInfo.InvariantCulture);
}
