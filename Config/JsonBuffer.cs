using System.Buffers;
using System.Text;
using System.Text.Json;
using Qschedd.Engine.Model;

namespace Qschedd.Config;

/// <summary>One writer for all parameters of a load.</summary>
internal sealed class JsonBuffer
{
    private readonly ArrayBufferWriter<byte> _bytes = new(256);
    private readonly Utf8JsonWriter _writer;
    private readonly List<(int Start, int End, string Sent)> _references = [];

    public JsonBuffer()
    {
        // The text goes to workers as JSON and never into a page: Chinese and quotes stay readable.
        _writer = new Utf8JsonWriter(_bytes, new JsonWriterOptions { Encoder = PlainJsonEncoder.Instance });
    }

    public Utf8JsonWriter Start()
    {
        _bytes.ResetWrittenCount();
        _writer.Reset();
        _references.Clear();
        return _writer;
    }

    /// <param name="shown">A text with a reference, as written.</param>
    /// <param name="sent">What it stands for.</param>
    public void WriteReference(string shown, string sent)
    {
        _writer.WriteStringValue(shown);
        _writer.Flush();
        int end = _bytes.WrittenCount;
        _references.Add((end - Quoted(shown).Length, end, sent));
    }

    /// <summary>The text that was begun last, with what its references stand for; null: it has none. Before the next is begun.</summary>
    public string? Sent()
    {
        if (_references.Count == 0)
            return null;
        var sent = new ArrayBufferWriter<byte>(_bytes.WrittenCount);
        int from = 0;
        foreach ((int start, int end, string text) in _references)
        {
            sent.Write(_bytes.WrittenSpan[from..start]);
            sent.Write(Quoted(text));
            from = end;
        }

        sent.Write(_bytes.WrittenSpan[from..]);
        return Encoding.UTF8.GetString(sent.WrittenSpan);
    }

    public string Finish()
    {
        _writer.Flush();
        return Encoding.UTF8.GetString(_bytes.WrittenSpan);
    }

    private static byte[] Quoted(string text) =>
        [(byte)'"', .. JsonEncodedText.Encode(text, PlainJsonEncoder.Instance).EncodedUtf8Bytes, (byte)'"'];
}
