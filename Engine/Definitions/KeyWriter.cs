using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Qschedd.Engine.Model;

namespace Qschedd.Engine.Definitions;

/// <summary>
/// Writes keys and their values. Of a key whose value came from a reference (<c>${...}</c>), which may be a secret, only a print
/// is written, under the key's name with <see cref="Mark"/> before it.
/// </summary>
internal readonly struct KeyWriter(Utf8JsonWriter json, IReadOnlySet<string>? hidden)
{
    public const string Mark = "*";

    public Utf8JsonWriter Writer => json;

    /// <summary>Others are not written; null: all are.</summary>
    public IReadOnlySet<string>? Given { get; init; }

    /// <summary>Null: nothing is written.</summary>
    public void Text(string key, string? value)
    {
        if (value is not null && !Hides(key, value))
            json.WriteString(key, value);
    }

    public void Number(string key, long value) => Text(key, value, value.ToString);

    public void Flag(string key, bool value)
    {
        if (!Hides(key, value ? "true" : "false"))
            json.WriteBoolean(key, value);
    }

    public void Span(string key, TimeSpan value) => Text(key, SpanText.Format(value));

    /// <param name="key">Its name.</param>
    /// <param name="value">JSON text; null: nothing is written.</param>
    /// <param name="secret">What it comes to, of which a print is written if the key is hidden; null: the value itself.</param>
    public void Json(string key, string? value, string? secret = null)
    {
        if (value is null || Hides(key, secret ?? value))
            return;
        json.WritePropertyName(key);
        json.WriteRawValue(value, skipInputValidation: true);
    }

    public void Texts(string key, IEnumerable<string> values)
    {
        if (Given?.Contains(key) == false)
            return;
        if (hidden?.Contains(key) == true)
        {
            Secret(key, SecretPrint.Of(values));
            return;
        }
        json.WriteStartArray(key);
        foreach (string value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }

    /// <summary>host:port, and the name where there is another.</summary>
    public void Workers(string key, ImmutableArray<Worker> workers) =>
        Texts(key, workers.Select(w => w.Hostname == w.Address ? w.Address : $"{w.Address} ({w.Hostname})"));

    public void Secret(string key, string print) => json.WriteString(Mark + key, print);

    private void Text(string key, long value, Func<string> text)
    {
        if (!Hides(key, text()))
            json.WriteNumber(key, value);
    }

    /// <summary>True: it is written already, or not to be written.</summary>
    private bool Hides(string key, string value)
    {
        if (Given?.Contains(key) == false)
            return true;
        if (hidden?.Contains(key) != true)
            return false;
        Secret(key, SecretPrint.Of(Encoding.UTF8.GetBytes(value)));
        return true;
    }
}
