using System.Collections;
using System.Text;
using Qschedd.Workers;
using Qschedd.Workers.Local;

namespace Qschedd.Tests.Workers;

public sealed class LocalPartsTests
{
    private static string? TailOf(params byte[][] pieces)
    {
        var tail = new OutputTail();
        foreach (byte[] piece in pieces)
        {
            tail.Append(piece);
        }
        return tail.Text();
    }

    private static byte[] Filled(int count, char with = 'x') => Encoding.UTF8.GetBytes(new string(with, count));

    [Fact]
    public void Tail_IsNull_WithoutOutput() => Assert.Null(TailOf());

    [Theory]
    [InlineData(OutputTail.BytesMax - 1)]
    [InlineData(OutputTail.BytesMax)]
    [InlineData(OutputTail.BytesMax + 1)]
    [InlineData(3 * OutputTail.BytesMax + 5)]
    public void Tail_Keeps_TheLastBytes(int length)
    {
        byte[] all = new byte[length];
        for (int i = 0; i < length; i++)
        {
            all[i] = (byte)('a' + i % 26);
        }
        string expected = Encoding.ASCII.GetString(all[Math.Max(0, length - OutputTail.BytesMax)..]);
        Assert.Equal(expected, TailOf(all));
        Assert.Equal(expected, TailOf([.. all.Chunk(1000)]));
        Assert.Equal(expected, TailOf([.. all.Chunk(40_000)]));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    [InlineData(3, 0)]
    public void Tail_LeavesOut_ACharacterThatTheCutGoesThrough(int bytesCutOff, int bytesLeftOut)
    {
        byte[] all = [.. "北"u8, .. Filled(OutputTail.BytesMax - 3 + bytesCutOff)];
        string text = TailOf(all)!;
        Assert.Equal(OutputTail.BytesMax - bytesLeftOut, Encoding.UTF8.GetByteCount(text));
        Assert.DoesNotContain('\uFFFD', text);
    }

    [Fact]
    public void Tail_Replaces_WhatIsNotUtf8() => Assert.Equal("a\uFFFDb\uFFFDc", TailOf([(byte)'a', 0xFF, (byte)'b', 0, (byte)'c']));

    [Fact]
    public void Tail_StaysWithin64KiB_When_ReplacementsAreLonger()
    {
        byte[] junk = new byte[OutputTail.BytesMax];
        Array.Fill(junk, (byte)0xFF);
        Assert.Equal(new string('\uFFFD', OutputTail.BytesMax / 3), TailOf(junk));
    }

    [Theory]
    [InlineData("PATH", true)]
    [InlineData("HOME", true)]
    [InlineData("LISTENER", true)]
    [InlineData("QSCHEDD_ADMIN_TOKEN", false)]
    [InlineData("QSCHEDD_TOKEN", false)]
    [InlineData("QSCHEDD_DEADLINE", false)]
    [InlineData("NOTIFY_SOCKET", false)]
    [InlineData("LISTEN_FDS", false)]
    [InlineData("LISTEN_PID", false)]
    [InlineData("LISTEN_FDNAMES", false)]
    [InlineData("WATCHDOG_USEC", false)]
    [InlineData("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", false)]
    [InlineData("CREDENTIALS_DIRECTORY", false)]
    [InlineData("DEMO_SECRET", false)]
    public void Environment_PassesOn_OnlyWhatIsNotTheDaemonsOwn(string name, bool passed)
    {
        var run = new LocalRun
        {
            Command = Samples.Command("true") with { Env = [new("ADDED", "1")] },
            TaskId = "t",
            Job = "j",
            App = "a",
            ScheduledMs = 1,
            FireMs = 2,
        };
        var daemon = new Hashtable { [name] = "v", ["ADDED"] = "0" };
        IReadOnlyList<string> child = new ChildEnvironment(["DEMO_SECRET"]).For(run, daemon);
        Assert.Equal(passed, child.Contains($"{name}=v"));
        Assert.Contains("ADDED=1", child);
        Assert.DoesNotContain("ADDED=0", child);
    }

    [Fact]
    public void ProcessId_IsAlive_OnlyWithItsStartTime()
    {
        string own = ProcessId.Of(Environment.ProcessId)!;
        Assert.True(ProcessId.IsAlive(own));
        Assert.False(ProcessId.IsAlive(own + "1"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(":1")]
    [InlineData("1:1")]
    [InlineData("-1:1")]
    [InlineData("0:0")]
    [InlineData("99999999999:1")]
    [InlineData("self:1")]
    public void ProcessId_ThatIsNone_IsNeither_AliveNorSignalled(string process)
    {
        Assert.False(ProcessId.IsAlive(process));
        Assert.False(ProcessId.Signal(process, 0));
    }

    [Fact]
    public void Message_IsCut_BetweenCharacters()
    {
        Assert.Null(BoundedText.Message(""));
        Assert.Equal("ab", BoundedText.Head("ab\U0001F600", 5));
        Assert.Equal("ab\U0001F600", BoundedText.Head("ab\U0001F600", 6));
        Assert.Equal("b", BoundedText.Tail("\U0001F600b", 4));
        Assert.Equal("a\uFFFD", BoundedText.Head("a\0", 100));
    }
}
