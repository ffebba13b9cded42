using System.Globalization;
using System.Text;

namespace Qschedd.Tests.Http;

/// <summary>An answer as it came over the wire.</summary>
internal sealed record RawAnswer(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public string? ContentType => Headers.GetValueOrDefault("content-type");
}

/// <summary>A connection on which a test writes bytes and reads answers, one after the other.</summary>
internal sealed class RawConnection(Stream stream) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly CancellationTokenSource _patience = new(Patience);
    private string? _head;

    public ValueTask SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public ValueTask SendAsync(byte[] bytes) => stream.WriteAsync(bytes, _patience.Token);

    /// <summary>The answer has begun; its body is left unread.</summary>
    public async Task BeginAsync() => _head = await ReadHeadAsync();

    public async Task<RawAnswer> ReadAsync(bool hasBody = true)
    {
        string[] lines = (_head ?? await ReadHeadAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        _head = null;
        int status = int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture);
        var headers = lines.Skip(1).Select(l => l.Split(": ", 2)).ToDictionary(p => p[0].ToLowerInvariant(), p => p[1]);
        var body = new byte[hasBody ? int.Parse(headers.GetValueOrDefault("content-length", "0"), CultureInfo.InvariantCulture) : 0];
        await stream.ReadExactlyAsync(body, _patience.Token);
        return new RawAnswer(status, headers, body);
    }

    /// <summary>True: the server has closed the connection, and nothing more came.</summary>
    public async Task<bool> IsClosedAsync()
    {
        try
        {
            return await stream.ReadAsync(new byte[1], _patience.Token) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public void Dispose()
    {
        stream.Dispose();
        _patience.Dispose();
    }

    private async Task<string> ReadHeadAsync()
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (head.Length < 4 || head.ToString(head.Length - 4, 4) != "\r\n\r\n")
        {
            await stream.ReadExactlyAsync(one, _patience.Token);
            head.Append((char)one[0]);
        }

        return head.ToString();
    }
}
