using System.IO.Compression;
using System.Text;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Workers;

/// <summary>Nobody asks workers to compress, and some do: what they say counts all the same.</summary>
public sealed class CompressedAnswerTests : NativeLinkFixture
{
    private static readonly byte[] Done = Encoding.UTF8.GetBytes("""{"state":300,"message":"done 好"}""");

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("BR")]
    public async Task Answer_IsRead_WhenItIsCompressed(string encoding) =>
        Assert.Equal(new RunOutcome(RunResult.Finished, "done 好"), await RunAgainstAsync(encoding, Packed(encoding, Done)));

    [Fact]
    public async Task Answer_IsUnknown_WhenItIsNotCompressedAsItSays()
    {
        RunOutcome outcome = await RunAgainstAsync("gzip", Done);
        Assert.Equal(RunResult.Unknown, outcome.Result);
        Assert.Contains("not compressed as its head says", outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_IsNotUnpackedBeyondTheBound_WhenItIsABomb()
    {
        RunOutcome outcome = await RunAgainstAsync("gzip", Packed("gzip", new byte[10_000_000]));
        Assert.Equal(RunResult.Unknown, outcome.Result);
        Assert.Contains("more than 64 KiB", outcome.Message, StringComparison.Ordinal);
    }

    private async Task<RunOutcome> RunAgainstAsync(string encoding, byte[] body)
    {
        string head = $"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {body.Length}\r\n\r\n";
        await using RawWorker worker = RawWorker.Answering(head + Encoding.Latin1.GetString(body));
        return await RunAsync(worker.Address);
    }

    private static byte[] Packed(string encoding, byte[] body)
    {
        using var packed = new MemoryStream();
        using (Stream packing = encoding switch
        {
            "gzip" => new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true),
            "deflate" => new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true),
            _ => new BrotliStream(packed, CompressionLevel.Optimal, leaveOpen: true),
        })
        {
            packing.Write(body);
        }
        return packed.ToArray();
    }
}
