using System.Globalization;

namespace Qschedd.Http;

/// <summary>The query of a request, read as a form: '+' is a space, the last of equal names wins, an empty value is none.</summary>
internal sealed class Query
{
    private readonly List<KeyValuePair<string, string>> _values = [];

    private Query()
    {
    }

    public string? this[string name]
    {
        get
        {
            string value = _values.FindLast(p => p.Key == name).Value ?? "";
            return value.Length == 0 ? null : value;
        }
    }

    /// <summary>Null: some name or value of it is no percent-encoded text.</summary>
    /// <param name="raw">What follows the '?'.</param>
    public static Query? Parse(ReadOnlySpan<char> raw)
    {
        var query = new Query();
        foreach (Range range in raw.Split('&'))
        {
            ReadOnlySpan<char> pair = raw[range];
            int equals = pair.IndexOf('=');
            ReadOnlySpan<char> value = equals < 0 ? "" : pair[(equals + 1)..];
            if (!PercentText.TryDecode(equals < 0 ? pair : pair[..equals], plusIsSpace: true, out string? name)
                || !PercentText.TryDecode(value, plusIsSpace: true, out string? text))
                return null;
            query._values.Add(new(name, text));
        }

        return query;
    }

    /// <summary>False: given, and not a number between one and <see cref="HttpLimits.RowsMax"/>.</summary>
    public bool TryLimit(int fallback, out int limit)
    {
        limit = fallback;
        return this["limit"] is not { } text
            || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit is >= 1 and <= HttpLimits.RowsMax);
    }

    /// <summary>False: given, and not the number of a line. Not given: the first.</summary>
    public bool TryLine(string name, out int line)
    {
        line = 1;
        return this[name] is not { } text
            || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out line) && line >= 1);
    }

    /// <summary>False: given, and not the number of a row.</summary>
    public bool TryRow(string name, out long? id)
    {
        id = null;
        if (this[name] is not { } text)
            return true;
        bool good = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value);
        id = value;
        return good;
    }

    /// <summary>False: given, and not epoch milliseconds.</summary>
    public bool TryInstant(string name, out long? instantMs)
    {
        instantMs = null;
        if (this[name] is not { } text)
            return true;
        bool good = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value);
        instantMs = value;
        return good;
    }
}
