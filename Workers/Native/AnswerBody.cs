using System.IO.Compression;

namespace Qschedd.Workers.Native;

/// <summary>The body of an answer, read up to a bound; what is beyond is not read.</summary>
/// <param name="Bytes">What was read.</param>
/// <param name="TooLong">There is more.</param>
internal readonly record struct AnswerBody(ReadOnlyMemory<byte> Bytes, bool TooLong)
{
    public const int BytesMax = 64 * 1024;

    /// <summary>Throws what the handler throws when the answer is cut short.</summary>
    public static async Task<AnswerBody> ReadAsync(HttpResponseMessage response, CancellationToken stop, int bytesMax = BytesMax)
    {
        long announced = response.Content.Headers.ContentLength ?? 1024;
        byte[] buffer = new byte[(int)Math.Clamp(announced, 0, bytesMax) + 1];
        Stream sent = await response.Content.ReadAsStreamAsync(stop);
        await using Stream stream = response.Content.Headers.NonValidated.Contains("Content-Encoding")
            ? Plain(response.Content.Headers.ContentEncoding, sent)
            : sent;
        int length = 0;
        while (length <= bytesMax)
        {
            int read = await ReadAsync(stream, buffer.AsMemory(length), stop);
            if (read == 0)
            {
                return new AnswerBody(buffer.AsMemory(0, length), TooLong: false);
            }
            length += read;
            if (length == buffer.Length && length <= bytesMax)
            {
                Array.Resize(ref buffer, Math.Min(buffer.Length * 2, bytesMax + 1));
            }
        }
        return new AnswerBody(buffer.AsMemory(0, bytesMax), TooLong: true);
    }

    /// <summary>Nobody is asked to compress, and some servers do.</summary>
    private static Stream Plain(ICollection<string> encodings, Stream sent) => encodings.FirstOrDefault()?.ToLowerInvariant() switch
    {
        "gzip" or "x-gzip" => new GZipStream(sent, CompressionMode.Decompress),
        "deflate" => new ZLibStream(sent, CompressionMode.Decompress),
        "br" => new BrotliStream(sent, CompressionMode.Decompress),
        _ => sent,
    };

    private static async ValueTask<int> ReadAsync(Stream stream, Memory<byte> buffer, CancellationToken stop)
    {
        try
        {
            return await stream.ReadAsync(buffer, stop);
        }
        catch (Exception error) when (error is InvalidDataException or InvalidOperationException)
        {
            throw new IOException("the answer is not compressed as its head says", error);
        }
    }
}
