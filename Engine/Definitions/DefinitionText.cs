using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Qschedd.Engine.Model;

namespace Qschedd.Engine.Definitions;

/// <summary>Renders definitions, one after another, into one buffer: of a hundred thousand jobs no two texts are held at once.</summary>
internal sealed class DefinitionText
{
    private const ulong FnvOffset = 14695981039346656037;
    private const ulong FnvPrime = 1099511628211;

    private readonly ArrayBufferWriter<byte> _bytes = new(1024);
    private readonly Utf8JsonWriter _json;

    public DefinitionText() => _json = new Utf8JsonWriter(_bytes, new JsonWriterOptions
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // never part of a page
        SkipValidation = true,
    });

    /// <summary>JSON in UTF-8, until the next call.</summary>
    public ReadOnlySpan<byte> Of(Job job)
    {
        Start();
        JobDefinition.Write(_json, job);
        return Finish();
    }

    public ReadOnlySpan<byte> Of(App app)
    {
        Start();
        FrameDefinition.Write(_json, app);
        return Finish();
    }

    public ReadOnlySpan<byte> Of(ServerSettings server)
    {
        Start();
        FrameDefinition.Write(_json, server);
        return Finish();
    }

    /// <summary>Of the job's text, never 0: another print is another text. FNV-1a, 64 bits.</summary>
    public long PrintOf(Job job)
    {
        ulong hash = FnvOffset;
        foreach (byte b in Of(job))
            hash = unchecked((hash ^ b) * FnvPrime);
        return unchecked((long)Math.Max(hash, 1));
    }

    private void Start()
    {
        _bytes.ResetWrittenCount();
        _json.Reset();
    }

    private ReadOnlySpan<byte> Finish()
    {
        _json.Flush();
        return _bytes.WrittenSpan;
    }
}
