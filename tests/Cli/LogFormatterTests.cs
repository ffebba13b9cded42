using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Qschedd.Cli;
using Qschedd.Engine;

namespace Qschedd.Tests.Cli;

public class LogFormatterTests
{
    private static readonly DateTime First = new(2026, 11, 30, 3, 17, 48, 7, DateTimeKind.Utc);
    private static readonly DateTime Second = First.AddMilliseconds(4);

    [Fact]
    public void Systemd_GivesEachLineOfABatchItsOwnPriority() =>
        Assert.Equal(["<6>task 1 ended", "<4>no worker: System.InvalidOperationException: bad\\nword"], Written(new SystemdFormatter()));

    [Fact]
    public void Text_GivesEachLineOfABatchItsOwnTimeAndLevel() =>
        Assert.Equal(
            [$"{Local(First)} info  task 1 ended", $"{Local(Second)} warn  no worker: System.InvalidOperationException: bad\\nword"],
            Written(new TextFormatter()));

    [Fact]
    public void Json_GivesEachLineOfABatchItsOwnObjectWithItsParts()
    {
        var objects = Written(new JsonFormatter()).Select(line => JsonNode.Parse(line)!).ToArray();
        Assert.Equal([First, Second], objects.Select(o => ((DateTime)o["time"]!).ToUniversalTime()));
        Assert.Equal(["information", "warning"], objects.Select(o => (string)o["level"]!));
        Assert.Equal("task 1 ended", (string)objects[0]["message"]!);
        Assert.Equal(1, (int)objects[0]["taskId"]!);
        Assert.Null(objects[1]["taskId"]);
    }

    [Fact]
    public void LineAlone_LooksLikeOneOfABatch()
    {
        using var output = new StringWriter();
        var entry = new LogEntry<string>(LogLevel.Error, "", default, "two\nlines", exception: null, static (text, _) => text);
        new SystemdFormatter().Write(entry, null, output);
        Assert.Equal("<3>two\\nlines" + Environment.NewLine, output.ToString());
    }

    /// <summary>As the console logger keeps its builder between entries: what does not fit would be put into a chain of pieces.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(LoopLog.LinesMax)]
    public void Batch_FindsRoomInOnePiece_WhenItIsLongerThanWhatWasKept(int lines)
    {
        var batch = new LogBatch();
        for (int i = 0; i < lines; i++)
            batch.Add(new LogLine(First, LogLevel.Information, new string('x', 1100), fault: null, state: null));
        using var output = new StringWriter(new StringBuilder(1024), CultureInfo.InvariantCulture);
        var entry = new LogEntry<LogBatch>(batch.Level, "", default, batch, exception: null, static (all, _) => all.ToString());
        new TextFormatter().Write(entry, null, output);
        Assert.Equal(lines, output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Length);
        int pieces = 0;
        foreach (var _ in output.GetStringBuilder().GetChunks())
            pieces++;
        Assert.Equal(1, pieces);
    }

    private static string Local(DateTime utc) => utc.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);

    private static string[] Written(ConsoleFormatter formatter)
    {
        var batch = new LogBatch();
        KeyValuePair<string, object?>[] values = [new("TaskId", 1)];
        batch.Add(new LogLine(First, LogLevel.Information, "task 1 ended", fault: null, values));
        batch.Add(new LogLine(Second, LogLevel.Warning, "no worker", new InvalidOperationException("bad\nword"), state: null));
        using var output = new StringWriter();
        var entry = new LogEntry<LogBatch>(batch.Level, "", default, batch, exception: null, static (all, _) => all.ToString());
        formatter.Write(entry, null, output);
        return output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
    }
}
