using System.Text;
using System.Text.Json;
using Qschedd.Engine.Model;

namespace Qschedd.Http;

/// <summary>
/// A whole answer, body included, so that it leaves in one write with its length. Those without data are made once and shared;
/// one with data owns rented memory until <see cref="Release"/>.
/// </summary>
internal sealed class Answer
{
    private const string Json = "application/json; charset=utf-8";
    private const string PlainText = "text/plain; charset=utf-8";
    private readonly PooledBuffer? _owned;

    private Answer(ReadOnlyMemory<byte> body, PooledBuffer? owned = null)
    {
        Body = body;
        _owned = owned;
    }

    public int Status { get; private init; } = 200;

    public string ContentType { get; private init; } = Json;

    public ReadOnlyMemory<byte> Body { get; }

    public string? Allow { get; private init; }

    /// <summary>The connection ends with this answer: what follows on it cannot be told from the refused body.</summary>
    public bool Close { get; private init; }

    /// <summary>The word in it, for the log.</summary>
    public string Message { get; private init; } = "";

    public static Answer Succeeded(string message) => new(Render(message, true)) { Message = message };

    public static Answer Failed(string message) => new(Render(message, false)) { Message = message };

    public static Answer Refused(int status, string message, bool close = false) =>
        new(Render(message, false)) { Status = status, Message = message, Close = close };

    public static Answer MethodNotAllowed(string allow) =>
        new(Render($"该路径只支持{allow}方法", false)) { Status = 405, Allow = allow };

    public static Answer Text(int status, string text) =>
        new(Encoding.UTF8.GetBytes(text)) { Status = status, ContentType = PlainText, Message = text };

    /// <summary>The same words, as the connection's last.</summary>
    public Answer Closing() => new(Body) { Status = Status, ContentType = ContentType, Message = Message, Close = true };

    /// <summary>For callers who want another form than the interface's own.</summary>
    public static Answer OfJson(ReadOnlyMemory<byte> json, string message) => new(json) { Message = message };

    /// <summary>Takes over the buffer.</summary>
    public static Answer Of(PooledBuffer json) => new(json.Written, json);

    public void Release() => _owned?.Dispose();

    /// <summary>Takes over the buffer.</summary>
    public static Answer OfText(PooledBuffer text, string contentType) => new(text.Written, text) { ContentType = contentType };

    private static byte[] Render(string message, bool ret)
    {
        using var buffer = new PooledBuffer(256);
        using (var writer = new Utf8JsonWriter(buffer, DataAnswer.Options))
        {
            writer.WriteStartObject();
            writer.WriteString("message"u8, message);
            writer.WriteBoolean("ret"u8, ret);
            writer.WriteEndObject();
        }

        return buffer.Written.ToArray();
    }
}

/// <summary>Builds an answer with <c>data</c>; whoever makes one writes one JSON value to <see cref="Writer"/>.</summary>
internal sealed class DataAnswer : IDisposable
{
    public static readonly JsonWriterOptions Options = new() { Encoder = PlainJsonEncoder.Instance, SkipValidation = true };

    private PooledBuffer? _buffer = new(1024);

    public DataAnswer()
    {
        Writer = new Utf8JsonWriter(_buffer, Options);
        Writer.WriteStartObject();
        Writer.WritePropertyName("data"u8);
    }

    public Utf8JsonWriter Writer { get; }

    public static Answer List<T>(IEnumerable<T> rows, Action<Utf8JsonWriter, T> write)
    {
        using var data = new DataAnswer();
        data.Writer.WriteStartArray();
        foreach (T row in rows)
            write(data.Writer, row);
        data.Writer.WriteEndArray();
        return data.Finish();
    }

    public static Answer One<T>(T row, Action<Utf8JsonWriter, T> write)
    {
        using var data = new DataAnswer();
        write(data.Writer, row);
        return data.Finish();
    }

    public Answer Finish()
    {
        Writer.WriteBoolean("ret"u8, true);
        Writer.WriteEndObject();
        Writer.Flush();
        PooledBuffer buffer = _buffer!;
        _buffer = null;
        return Answer.Of(buffer);
    }

    /// <summary>Gives the memory back unless an answer has taken it over: a row's writer may have thrown.</summary>
    public void Dispose()
    {
        Writer.Dispose();
        _buffer?.Dispose();
    }
}
