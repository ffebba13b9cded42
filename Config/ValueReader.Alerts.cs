using Qschedd.Engine.Model;

namespace Qschedd.Config;

// Alerts: webhooks, which are secrets, and lists of words.
internal sealed partial class ValueReader
{
    public List<AlertRule>? Alerts(Section<AlertYaml> section, KeySpec key)
    {
        if (MappingList(section, key) is not { } items)
            return null;
        List<AlertRule> rules = [];
        Dictionary<WebhookUrl, Position> seen = [];
        foreach (AlertYaml item in items)
        {
            if (item.Webhook is not { } webhook)
                continue;
            if (!seen.TryAdd(webhook, item.WebhookAt))
                Error(item.WebhookAt, $"the same webhook twice in '{key.Name}': first at {PlaceOf(seen[webhook])}; keep one, with all events");
            rules.Add(load.Share(new AlertRule(webhook, item.Kinds ?? AlertKinds.Default, item.Format, item.Secret)));
        }
        return rules;
    }

    /// <summary>Invariant: no message here shows any of the value.</summary>
    public WebhookUrl? Webhook(KeySpec key)
    {
        Position at = Next;
        if (Scalar(key) is not { } scalar)
            return null;
        string? fault = WebhookFault(scalar.Text) ?? SecretFault(scalar);
        if (fault is null)
            return new WebhookUrl(new Uri(scalar.Text));
        Error(at, $"'{key.Name}' {fault}");
        return null;
    }

    /// <summary>The index of each word.</summary>
    public List<int>? WordList(KeySpec key)
    {
        if (!cursor.IsList)
            return Wrong<List<int>>(key);
        Position at = Next;
        List<int> indices = [];
        cursor.Next();
        if (cursor.IsListEnd)
            Error(at, $"'{key.Name}' names none: it {ValueKinds.Must(key)}; or leave the key out for {key.Default}");
        while (!cursor.IsListEnd)
            AddWord(key, indices);
        cursor.Next();
        return indices;
    }

    private void AddWord(KeySpec key, List<int> indices)
    {
        Position at = Next;
        if (cursor.Scalar is null)
            WrongItem($"an item of '{key.Name}' must be one of {string.Join(", ", key.Words)}");
        else if (Word(key) is { } index)
        {
            if (indices.Contains(index))
                Error(at, $"'{key.Words[index]}' stands twice in '{key.Name}': keep one");
            indices.Add(index);
        }
    }

    private static string? WebhookFault(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange('\0', ' ') >= 0)
            return "holds a space or a control character: remove it, or write it as %20";
        if (!WebUrl.TryRead(text, out Uri? url) || url.Host.Length == 0)
            return "must be a URL that begins with http:// or https://";
        if (url.UserInfo.Length > 0)
            return "holds a user name or password before '@': they would not be sent; use a URL without them";
        return url.Fragment.Length > 0 ? "holds '#': what follows it is never sent; remove it" : null;
    }
}
