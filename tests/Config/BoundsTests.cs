using System.Text;
using Qschedd.Config;

namespace Qschedd.Tests.Config;

/// <summary>Files that are too deep, too large, or made to harm: refused with a position, never with an exception.</summary>
public class BoundsTests
{
    private const string Alias = "an alias (*...) is not accepted: put what jobs share under the app's 'defaults', or quote the value";
    private const string Anchor = "an anchor (&...) is not accepted: put what jobs share under the app's 'defaults'";
    private const string Tag = "a tag (!...) is not accepted: write the value without it; what jobs share goes under the app's 'defaults'";

    // The parameter's own mapping is the fifth level.
    private static string Nested(int levels) =>
        ConfigFolder.App("", "- {name: j, parameter: {a: " + new string('[', levels) + new string(']', levels) + "}}");

    [Fact]
    public void Depth_IsAccepted_WhenItIs32() => Assert.Empty(ConfigFolder.ErrorsOf(Nested(32 - 6)));

    [Fact]
    public void Depth_IsRefused_WhenItIs33() => Assert.Equal(
        ["q.yaml:6:60: error: nested deeper than 32 levels: no key of qschedd needs that"], ConfigFolder.ErrorsOf(Nested(33 - 6)));

    [Theory]
    [InlineData("[")]
    [InlineData("{")]
    [InlineData("- ")]
    [InlineData("? ")]
    [InlineData("a: [")]
    public void Depth_IsRefusedWithoutAStackOverflow_WhenItIsEndless(string open) =>
        Assert.NotEmpty(ConfigFolder.ErrorsOf(new StringBuilder().Insert(0, open, 200_000).ToString()));

    [Fact]
    public void File_IsRefused_WhenItIsLargerThan64MiB()
    {
        using var folder = new ConfigFolder();
        using (FileStream sparse = File.Create(folder.FileOf("q.yaml")))
            sparse.SetLength(SourceText.BytesMax + 1L);
        Assert.Equal(["q.yaml:1:1: error: the file is larger than 64 MiB, the most that is read"], folder.Lines(folder.Load("q.yaml")));
    }

    [Fact]
    public void AnchorsAliasesAndTags_AreRefusedEachInItsPlace_WhenTheyStandAnywhere()
    {
        string[] lines = ConfigFolder.ErrorsOf("""
            apps:
              - name: demo
                id: !!int 1
                token: t0k
                defaults: &d {timeout: 1s}
                jobs:
                  - *d
                  - name: &n j
                    desc: *n
                    parameter: {*n : 1, a: !x b, c: [*n]}
            """);
        Assert.Equal(
        [
            $"q.yaml:3:9: error: {Tag}",
            $"q.yaml:5:15: error: {Anchor}",
            $"q.yaml:7:9: error: {Alias}",
            $"q.yaml:8:15: error: {Anchor}",
            $"q.yaml:9:15: error: {Alias}",
            $"q.yaml:10:21: error: {Alias}",
            $"q.yaml:10:32: error: {Tag}",
            $"q.yaml:10:42: error: {Alias}",
        ], lines);
    }

    [Fact]
    public void BillionLaughs_IsRefused_WhenItWouldExplode()
    {
        var yaml = new StringBuilder("a0: &a0 [lol, lol]\n");
        for (int i = 1; i < 40; i++)
            yaml.Append($"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}]\n");
        string[] lines = ConfigFolder.ErrorsOf(yaml.ToString());
        Assert.Contains($"q.yaml:1:5: error: {Anchor}", lines);
        Assert.Contains($"q.yaml:2:10: error: {Alias}", lines);
    }

    [Fact]
    public void Errors_AreCut_WhenAFileIsWrongInEveryLine()
    {
        string yaml = "apps:\n" + string.Concat(Enumerable.Repeat("- x\n", FileErrors.ErrorsMax + 5));
        string[] lines = ConfigFolder.ErrorsOf(yaml);
        Assert.Equal(FileErrors.ErrorsMax + 1, lines.Length);
        Assert.EndsWith("there are more errors in this file than the 10000 shown; mend these first", lines[^1]);
    }

    [Theory]
    [InlineData(new byte[] { (byte)'a', (byte)':', (byte)' ', 0xC3, 0x28 }, "1:4: error: invalid UTF-8: save the file as UTF-8")]
    [InlineData(new byte[] { (byte)'#', (byte)'\n', 0xE4, 0xBD, 0xA0, 0xFF }, "2:2: error: invalid UTF-8: save the file as UTF-8")]
    [InlineData(new byte[] { 0xFF, 0xFE, (byte)'a', 0 }, "1:1: error: invalid UTF-8: save the file as UTF-8")]
    [InlineData(new byte[] { (byte)'a', 0, (byte)':', 0, 0xFF }, "1:2: error: the file is not text in UTF-8: save it as UTF-8")]
    public void Bytes_AreRefusedWithTheirPlace_WhenTheyAreNotUtf8(byte[] bytes, string line)
    {
        using var folder = new ConfigFolder();
        File.WriteAllBytes(folder.FileOf("q.yaml"), bytes);
        Assert.Equal([$"q.yaml:{line}"], folder.Lines(folder.Load("q.yaml")));
    }

    [Fact]
    public void ByteOrderMark_IsPassedOver_WhenAFileBeginsWithOne() =>
        Assert.Equal(["q.yaml:1:1: error: unknown key 'a' in the file: its keys are server, apps"], ConfigFolder.ErrorsOf("\uFEFFa: 1\n"));

    [Fact]
    public void LineEnds_AreTaken_WhenTheyAreFromWindows() => Assert.Equal(
        ["q.yaml:2:1: error: unknown key 'a' in the file: its keys are server, apps"], ConfigFolder.ErrorsOf("apps: []\r\na: 1\r\n"));

    [Theory]
    [InlineData("server: {listen: x", "q.yaml:1:19: ")]
    [InlineData("server: {listen: x\n", "q.yaml:2:1: ")]
    [InlineData("        \t: l     command", "q.yaml:1:")]
    [InlineData("apps:\n  - {name: a #x", "q.yaml:2:16: ")]
    [InlineData("apps: [a\r\n, b", "q.yaml:2:4: ")]
    public void Position_IsWithinTheFile_WhenItsLastLineHasNoEnd(string yaml, string place) =>
        Assert.StartsWith(place, ConfigFolder.ErrorsOf(yaml)[^1], StringComparison.Ordinal);

    [Fact]
    public void UnquotedCrons_AreAllFound_WhenTheyWouldBeAliases()
    {
        string[] lines = ConfigFolder.ErrorsOf(ConfigFolder.App("", """
            - name: a
              cron: * * * * * ?
            - name: b
              desc: 'not this one: cron: * * * * * ?'
              cron:   */5 * * * * ?
            - {name: c, crons: [{cron: */5 * * * * ?, param: {}}], timeout: 5}
            - name: d
              cron: *
            """));
        const string message = "a cron that begins with * is an alias to YAML: quote it, as in cron: \"*/10 * * * * ?\"";
        Assert.Equal([$"q.yaml:7:15: error: {message}", $"q.yaml:10:17: error: {message}", $"q.yaml:11:34: error: {message}"], lines[..3]);
        Assert.StartsWith("q.yaml:11:71: error: 'timeout' '5': the unit is missing", lines[3]);
        Assert.Equal($"q.yaml:13:15: error: {message}", Assert.Single(lines[4..]));
    }

    [Fact]
    public void Loader_NeverThrows_WhenAFileIsMangled()
    {
        byte[] example = File.ReadAllBytes(Repository.FileOf("jobs.example.yaml"));
        string[] bits = ["*", "&a ", "!x ", "\t", "\n", " ", "[", "]", "{", "}", ": ", "- ", "? ", "|", "\"", "'", "#", "%", "---\n", "\r", "\u0085", "<<: ", "${env:", "\0"];
        var random = new Random(20251122);
        using var folder = new ConfigFolder();
        for (int round = 0; round < 400; round++)
        {
            List<byte> bytes = [.. example];
            for (int edit = random.Next(1, 5); edit > 0; edit--)
                Mangle(bytes, random, bits);
            File.WriteAllBytes(folder.FileOf("q.yaml"), [.. bytes]);
            ConfigResult result = folder.Load("q.yaml");
            Assert.Equal(result.Catalog is null, !result.Errors.IsEmpty);
            Assert.All(result.Errors, error => Assert.True(error.Line >= 1 && error.Column >= 1, $"round {round}: {error}"));
        }
    }

    private static void Mangle(List<byte> bytes, Random random, string[] bits)
    {
        int at = random.Next(bytes.Count);
        switch (random.Next(3))
        {
            case 0:
                bytes[at] = (byte)random.Next(256);
                break;
            case 1:
                bytes.RemoveRange(at, Math.Min(random.Next(1, 30), bytes.Count - at));
                break;
            default:
                bytes.InsertRange(at, Encoding.UTF8.GetBytes(bits[random.Next(bits.Length)]));
                break;
        }
    }
}
