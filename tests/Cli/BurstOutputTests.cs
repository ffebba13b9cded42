using System.Collections.Concurrent;
using System.Text;
using Qschedd.Cli.Run;

namespace Qschedd.Tests.Cli;

public class BurstOutputTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void LineThatComesAlone_IsWrittenAtOnce()
    {
        using var written = new NotedStream();
        using var output = new BurstOutput(written);
        output.Write("alone 中\n");
        Assert.Equal("alone 中\n", written.Text);
    }

    [Fact]
    public void LinesOfABurst_AreWrittenTogether_WithoutAnotherToFollow()
    {
        using var written = new NotedStream();
        using var output = new BurstOutput(written);
        string all = "";
        for (int i = 0; i < 1_000; i++)
        {
            string line = $"line {i}\n";
            output.Write(line);
            all += line;
        }
        Assert.True(SpinWait.SpinUntil(() => written.Text.Length == all.Length, Patience), "the last lines were not written");
        Assert.Equal(all, written.Text);
        Assert.InRange(written.Writes, 2, 500);
    }

    [Fact]
    public void WhatIsLeft_IsWrittenAtTheEnd()
    {
        using var written = new NotedStream();
        using (var output = new BurstOutput(written))
        {
            output.Write("one\n");
            output.Write("two\n");
            output.Write('3');
        }
        Assert.Equal("one\ntwo\n3", written.Text);
    }

    [Fact]
    public async Task End_DoesNotWaitForAReaderThatStalls()
    {
        using var stalled = new ManualResetEventSlim();
        using var written = new NotedStream { Stall = stalled };
        var output = new BurstOutput(written);
        var writing = Task.Run(() => output.Write("held\n"));
        Assert.True(SpinWait.SpinUntil(() => written.IsStalled, Patience));
        await Task.Run(output.Dispose).WaitAsync(Patience);
        stalled.Set();
        await writing.WaitAsync(Patience);
        Assert.Equal("held\n", written.Text);
    }

    private sealed class NotedStream : MemoryStream
    {
        private readonly ConcurrentQueue<byte[]> _writes = new();

        public ManualResetEventSlim? Stall { get; init; }

        public volatile bool IsStalled;

        public int Writes => _writes.Count;

        public string Text => Encoding.UTF8.GetString([.. _writes.SelectMany(write => write)]);

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            IsStalled = Stall is not null;
            Stall?.Wait();
            _writes.Enqueue(buffer.ToArray());
        }
    }
}
