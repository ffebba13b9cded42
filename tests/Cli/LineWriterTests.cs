using System.Text;
using Qschedd.Cli;

namespace Qschedd.Tests.Cli;

public class LineWriterTests
{
    [Fact]
    public void Dispose_WritesAllThatWaits_InItsOrder()
    {
        var output = new HeldStream();
        string expected = "";
        using (var writer = new LineWriter(output))
        {
            for (int i = 0; i < 1_000; i++)
            {
                writer.Write(new StringBuilder($"第{i}行\n"));
                expected += $"第{i}行\n";
            }
            output.Open();
        }
        Assert.Equal(expected, output.Text);
    }

    [Fact]
    public void Write_DropsAndCounts_WhenTheReaderStalls()
    {
        var output = new HeldStream();
        using (var writer = new LineWriter(output))
        {
            writer.Write(new StringBuilder("first\n"));
            output.WaitUntilHeld();
            var line = new StringBuilder(new string('x', LineWriter.BytesMax / 3 - 10) + "\n"); // a char is up to three bytes
            writer.Write(line);
            writer.Write(line);
            writer.Write(line);
            output.Open();
        }
        Assert.Contains("2 log lines were dropped", output.Text);
        Assert.Equal(LineWriter.BytesMax / 3 - 10, output.Text.Count(c => c == 'x'));
    }

    [Fact]
    public void Write_GoesOn_AfterTheOutputFailed()
    {
        var output = new HeldStream { Faults = 1 };
        using (var writer = new LineWriter(output))
        {
            writer.Write(new StringBuilder("lost\n"));
            output.WaitUntilHeld();
            writer.Write(new StringBuilder("kept\n"));
            output.Open();
        }
        Assert.StartsWith("kept\n1 log lines were dropped", output.Text);
    }

    /// <summary>Takes nothing until it is opened.</summary>
    private sealed class HeldStream : MemoryStream
    {
        private readonly ManualResetEventSlim _open = new();
        private readonly ManualResetEventSlim _held = new();

        public int Faults { get; set; }

        public string Text => Encoding.UTF8.GetString(ToArray());

        public void Open() => _open.Set();

        public void WaitUntilHeld() => Assert.True(_held.Wait(TimeSpan.FromSeconds(20)), "nothing was written");

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _held.Set();
            _open.Wait(TimeSpan.FromSeconds(20));
            if (Faults-- > 0)
                throw new IOException("no space left on device");
            base.Write(buffer);
        }
    }
}
