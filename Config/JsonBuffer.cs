using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Qschedd.Config;

/// <summary>One writer for all parameters of a load.</summary>
internal sealed class JsonBuffer
{
    private readonly ArrayBufferWriter<byte> _bytes = new(256);
    private readonly Utf8JsonWriter _writer;

    public JsonBuffer()
    {
        // The text goes to workers as JSON and never into a page: Chinese and quotes stay readable.
        _writer = new Utf8JsonWriter(_bytes, new JsonWriterOptions { Encoder = PlainJsonEncoder.Instance });
    }

    public Utf8JsonWriter Start()
    {
        _bytes.ResetWrittenCount();
        _writer.Reset();
        return _writer;
    }

    public string Finish()
    {
        _writer.Flush();
        return Encoding.UTF8.GetString(_bytes.WrittenSpan);
    }
}
