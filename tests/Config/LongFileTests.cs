using System.Text;
using Qschedd.Config;
using YamlDotNet.Core;

namespace Qschedd.Tests.Config;

/// <summary>A file so long that it is parsed on a thread of its own reads as any other: same jobs, same errors, same places.</summary>
public class LongFileTests
{
    private const int JobsMany = 6_000;
    private const int LinesBeforeJobs = 5;

    private static string Job(int i) => $"- {{name: long.job{i:d6}, desc: \"number {i}\", cron: \"{i % 60} 0 0 * * ?\", parameter: {{n: {i}}}}}\n";

    private static string File(Func<int, string> job) =>
        ConfigFolder.App("", string.Concat(Enumerable.Range(0, JobsMany).Select(job)));

    private static string FileWith(int index, string job) => File(i => i == index ? job : Job(i));

    [Fact]
    public void Jobs_AreAllRead_WhenTheFileIsLong()
    {
        string text = File(Job);
        Assert.True(text.Length > 256 * 1024);
        var jobs = ConfigFolder.CatalogOf(text).Jobs;
        Assert.Equal(JobsMany, jobs.Count);
        Assert.All(Enumerable.Range(0, JobsMany), i => Assert.Equal($"{{\"n\":{i}}}", jobs[$"long.job{i:d6}"].Parameter));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3_000)]
    [InlineData(JobsMany - 1)]
    public void SyntaxFault_IsToldInItsPlace_WhenTheFileIsLong(int index)
    {
        string error = Assert.Single(ConfigFolder.ErrorsOf(FileWith(index, "- {name: \"open, cron: }\n")));
        Assert.StartsWith($"q.yaml:{index + LinesBeforeJobs + 1}:", error, StringComparison.Ordinal);
    }

    // The scanner has a slip of its own there, and stands at the next item by then.
    [Fact]
    public void UnclosedBracket_IsToldInItsPlace_WhenTheFileIsLong() => Assert.Contains(
        $"q.yaml:{5_000 + LinesBeforeJobs + 2}:", Assert.Single(ConfigFolder.ErrorsOf(FileWith(5_000, "- {name: a, parameter: [1, 2\n"))),
        StringComparison.Ordinal);

    [Fact]
    public void UnquotedCrons_AreToldWithAllOtherErrors_WhenTheFileIsLong()
    {
        string[] errors = ConfigFolder.ErrorsOf(File(i => i switch
        {
            1_000 => "- {name: a, crom: x}\n",
            4_000 => "- name: star\n  cron: * * * * * ?\n",
            _ => Job(i),
        }));
        Assert.Equal([$"q.yaml:{1_000 + LinesBeforeJobs + 1}", $"q.yaml:{4_000 + LinesBeforeJobs + 2}"],
            errors.Select(error => error[..error.IndexOf(':', "q.yaml:".Length)]));
    }

    [Fact]
    public void Reading_Stops_WhenErrorsAreTooMany() => Assert.Equal(
        FileErrors.ErrorsMax + 1, ConfigFolder.ErrorsOf(File(i => $"- {{name: j{i}, nonsense: {i}, absurd: {i}}}\n")).Length);

    [Theory]
    [InlineData(int.MaxValue, int.MaxValue)]
    [InlineData(0, int.MaxValue)]
    [InlineData(0, 24 * 1024)]
    public void Events_AreTheParsers_WhetherReadAheadOrCutOrNeither(int longBytesMin, int chunkBytesMin)
    {
        string text = File(Job);
        var parser = new Parser(new StringReader(text));
        using var events = new EventReader(Encoding.UTF8.GetBytes(text), new YamlCutSizes(longBytesMin, chunkBytesMin, int.MaxValue));
        while (parser.MoveNext())
            Assert.Equal(YamlEvent.Of(parser.Current!), events.Next());
        Assert.Throws<InvalidOperationException>(() => events.Next());
    }
}
