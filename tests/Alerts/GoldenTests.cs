using System.Text;
using System.Text.Json.Nodes;
using Qschedd.Alerts;
using Qschedd.Engine.Model;

namespace Qschedd.Tests.Alerts;

/// <summary>
/// What each format sends, byte for byte: <c>Golden/FORMAT.verified.txt</c>, one body a line. <c>QSCHEDD_ACCEPT=1</c> writes the
/// files instead.
/// </summary>
public class GoldenTests
{
    private static readonly AlertKinds[] Kinds =
        [AlertKinds.Failed, AlertKinds.Threshold, AlertKinds.NoWorker, AlertKinds.Timeout, AlertKinds.Misfire, AlertKinds.Recovered];

    [Theory]
    [InlineData(AlertFormat.Json)]
    [InlineData(AlertFormat.DingTalk)]
    [InlineData(AlertFormat.WeCom)]
    [InlineData(AlertFormat.Feishu)]
    [InlineData(AlertFormat.Slack)]
    internal void Bodies_AreTheGoldenOnes_OfEachKind(AlertFormat format)
    {
        var text = new StringBuilder();
        foreach (var alert in Kinds.Select(kind => Alert(kind, format)).Append(Rare(format)).Append(Killed(format)))
            text.Append(Encoding.UTF8.GetString(AlertBody.Of(alert, default))).Append('\n');
        Verify(AlertWords.Formats[(int)format], text.ToString());
    }

    [Theory]
    [InlineData(AlertFormat.Json)]
    [InlineData(AlertFormat.WeCom)]
    [InlineData(AlertFormat.Slack)]
    internal void Message_IsCut_WhenItIsLong(AlertFormat format)
    {
        string message = "头" + new string('<', 10_000);
        var long_ = AlertSamples.Failed(AlertSamples.Job()) with { Task = AlertSamples.Task(message: message) };
        byte[] body = AlertBody.Of(new Alert(long_, AlertKinds.Failed, format, 0), default);
        Assert.Contains("头", Encoding.UTF8.GetString(body));
        Assert.InRange(body.Length, 1_024, 2_048 + 100);
    }

    [Fact]
    public void Manual_NamesEveryMember_OfTheJsonFormat()
    {
        string manual = File.ReadAllText(Path.Combine(Repo(), "docs", "alerts.md"));
        var members = Kinds.SelectMany(kind => JsonNode.Parse(AlertBody.Of(Alert(kind, AlertFormat.Json), default))!.AsObject().Select(m => m.Key));
        Assert.All(members.Distinct(), member => Assert.Contains($"`{member}`", manual));
    }

    private static Alert Alert(AlertKinds kind, AlertFormat format) => new(AlertSamples.Of(kind, AlertSamples.Job()), kind, format, 0);

    /// <summary>What formats must mask, and a server that adds to names.</summary>
    private static Alert Rare(AlertFormat format) => new(
        AlertSamples.Of(AlertKinds.Threshold, AlertSamples.Job()) with
        {
            Server = Qschedd.Tests.Engine.Samples.Server() with { Environment = "dev" },
            Task = AlertSamples.Task(TaskState.Unknown, " <!channel> <at user_id=\"all\"></at> & \"北京\"\r\nsecond\u0001line "),
            FailuresInRow = 1,
            UtcOffset = new TimeSpan(-3, -30, 0),
        },
        AlertKinds.Threshold, format, 0);

    private static Alert Killed(AlertFormat format) => new(
        AlertSamples.Of(AlertKinds.Timeout, AlertSamples.Job()) with { IsKilled = true, Limit = TimeSpan.FromMilliseconds(1_500) },
        AlertKinds.Timeout, format, 0);

    private static void Verify(string name, string text)
    {
        string file = Path.Combine(Repo(), "tests", "Alerts", "Golden", name + ".verified.txt");
        if (Environment.GetEnvironmentVariable("QSCHEDD_ACCEPT") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
        }
        Assert.True(File.Exists(file), $"{file} is missing: run with QSCHEDD_ACCEPT=1 and look at what it wrote");
        Assert.Equal(File.ReadAllText(file), text);
    }

    private static string Repo()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "qschedd.csproj")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("the tests run outside of the source tree");
        return folder.FullName;
    }
}
