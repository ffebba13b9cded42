using System.Text;
using Qschedd.Config;
using Qschedd.Tests.Fuzz;
using YamlDotNet.Core;

namespace Qschedd.Tests.Config;

/// <summary>A text that is read in parts reads as it does to a parser of the whole: same events, same faults, same places.</summary>
public class CutTextTests
{
    private const int Seeds = 1_000;

    private static readonly YamlCutSizes Whole = new(int.MaxValue, int.MaxValue, int.MaxValue);

    // {0}: the indentation of the items, {1}: a number.
    private static readonly string[] Usual =
    [
        "{0}- {{name: j{1}, cron: \"* * * * * ?\"}}\n", "{0}- {{ name: j{1}, parameter: {{a: [1, {{b: c}}], d: null}} }} # why\n",
        "{0}- name: j{1}\n{0}  cron: \"0 0 0 * * ?\"\n", "{0}- name: j{1}\n{0}  crons:\n{0}  - a\n{0}  - {{cron: b, param: 1}}\n{0}  state: false\n",
        "{0}- name: j{1}\n{0}  crons:\n{0}    - cron: \"x\"\n{0}      param: {{y: z}}\n{0}    - {{cron: q}}\n", "\n", "   \n", "# a comment\n", "{0}# - {{name: x}}\n",
        "{0}- name: j{1}\n{0}  desc: |\n{0}    - {{name: a}}\n{0}    - name: b\n\n{0}    ---\n", "{0}- name: j{1}\n{0}  desc: >-\n{0}   some\n{0}   lines # of text\n",
        "{0}- {{name: j{1},\n{0}   cron: \"x\",\n{0}   parameter: [a,\n{0}     b]}}\n", "{0}- {{name: j{1}, desc: 'a\n{0}   b\n\n{0}   c'}}\n",
        "{0}- name: j{1}\n{0}  desc: some\n{0}    more # text\n", "{0}- {{name: 你好😀{1}, desc: \"…\"}}\n", "{0}- {{name: j{1}, parameter: [a: b, ? c : d, e]}}\n",
        "{0}- {{name: j{1}, type: local, command: [/bin/true, \"a b\", '']}}\n", "{0}- {{name: j{1}, retry: }}\n", "{0}- name: j{1}\n{0}  desc:\n", "{0}- name\n",
    ];

    private static readonly string[] Unusual =
    [
        "{0}- {{name: 'a\n{0}- {{name: b}}\n{0}- {{name: c{1}}}\n{0}- c'}}\n", "{0}- {{name: \"a\n{0}- {{name: b}}\n{0}- c\"}}\n", "{0}- {{name: 'a\n- {{name: b\n c'}}\n", "{0}- {{name: a,\ncron: b}}\n",
        "{0}- {{name: [a,\n{0}- {{name: b}}\n{0}]}}\n", "{0}- \"a\\\n{0}- {{name: b}}\\\n{0}- c\"\n", "{0}- desc: |2\n{0}    x\n{0}- name: y\n", "{0}- |\n{0} - {{name: a}}\n{0}- name: b\n",
        "{0}- [*a ::b]\n", "{0}- [!t ::b]\n", "{0}- [[]::b]\n", "{0}- :b\n", "{0}- {{:b ::c}}\n", "{0}- {{\"a\"::b}}\n", "{0}- ? a\n{0}  : b\n", "{0}- [? ::b]\n", "{0}- [\"a\"]\n{0}- [&a ::b]\n",
        "{0}- &a {{name: j{1}}}\n", "{0}- {{name: *a, desc: !!str x}}\n", "{0}- *a\n", "{0}- !t {{name: j}}\n", "{0}- {{name: &b j{1}}}\n", "{0}- {{cron: * * * * * ?}}\n", "{0}- cron: *\n",
        "{0}-\t{{name: x}}\n", "{0}- {{name:\tx}}\n", "{0}\t- {{name: x}}\n", "\t\n", "{0} \t# x\n", "---\n", "...\n", "{0}--- x\n", "%YAML 1.1\n", "%TAG !! tag:x,2000:\n", "{0}- \n", "{0}-\n",
        "{0} - name: deeper\n", "{0}  - {{name: deeper}}\n", " - name: less\n", "- name: least\n", "{0}name: no item\n", "{0}- - name: a\n{0}  - name: b\n", "  - name: app{1}\n    jobs:\n", "{0}- name: a\r{0}- b\n",
        "{0}- {{name: a\u0085}}\n", "{0}- name: a\u2028{0}- name: b\n", "{0}- {{name: open\n", "{0}- [a, b\n", "{0}- name: \"open\n", "{0}- name: 'open\n", "{0}- a: b: c\n", "{0}- }}\n", "{0}- name: x\n{0}   bad: y\n",
    ];

    private static readonly string[] Words = ["*", "&a ", "!x ", "\t", "\n", "\r\n", " ", "  ", "[", "]", "{", "}", ": ", ":", "- ", "? ", "|", ">", "\"", "'", "#", "---\n", "...\n", "\n      - {", "\n    - a", "\\", ",", "\uFEFF"];

    [Fact]
    public void Events_ComeFromChunksToTheEnd_WhenTheTextIsUsual()
    {
        for (int seed = 0; seed < Seeds / 10; seed++)
        {
            var random = new Random(seed);
            byte[] text = TextOf(random, Usual, Usual);
            IReadOnlyList<YamlChunk> chunks = YamlCuts.Find(text, SmallOf(random));
            Assert.True(chunks.Count > 1, $"seed {seed}: {chunks.Count} chunks");
            var cut = new SplicedEvents(text, chunks);
            foreach (object expected in Read(text, Whole))
                Assert.True(cut.TryNext(out YamlEvent next) && expected.Equals(next), $"seed {seed}: {Shown(next)}, not {Shown(expected)}");
            Assert.False(cut.TryNext(out _));
        }
    }

    [Fact]
    public void EventsAndFaults_AreThoseOfTheWhole_WhateverTheTextHolds()
    {
        int cut = 0, whole = 0, faults = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            byte[] text = TextOf(random, Usual, Unusual);
            if (seed % 2 == 0)
                text = Mutation.Mutate(random, text, Words);
            var source = new SourceText(text, text.Length);
            if (source.FindFault() is not null)
                continue;
            YamlCutSizes sizes = SmallOf(random);
            List<object> expected = Read(source.Bytes, Whole);
            List<object> read = Read(source.Bytes, sizes);
            int same = expected.Zip(read).TakeWhile(both => both.First.Equals(both.Second)).Count();
            Assert.True(same == expected.Count && same == read.Count, $"seed {seed}: after {same} events "
                + $"{Shown(read.ElementAtOrDefault(same))}, not {Shown(expected.ElementAtOrDefault(same))}\n{Encoding.UTF8.GetString(source.Bytes.Span)}");
            faults += expected[^1] is YamlEvent ? 0 : 1;
            int chunks = YamlCuts.Find(source.Bytes.Span, sizes).Count;
            cut += chunks > 0 && IsReadInChunks(source.Bytes, sizes) ? 1 : 0;
            whole += chunks > 0 ? 0 : 1;
        }
        Assert.True(cut > Seeds / 10 && whole > Seeds / 10 && faults > Seeds / 10 && faults < Seeds * 9 / 10, $"{cut} read in chunks, {whole} not cut, {faults} with faults");
    }

    // What the scanner keeps in mind of the last quote or bracket would make a difference, did a cut stand before these; and a tag has to be
    // declared.
    [Theory]
    [InlineData("[*a ::b]")]
    [InlineData("[!t ::b]")]
    [InlineData("[[]::b]")]
    [InlineData(":b")]
    [InlineData("{name: !e!a b}")]
    public void Items_AreReadAsInTheWholeText_WhenTheyNeedWhatIsBeforeTheCut(string item)
    {
        string jobs = string.Concat(Enumerable.Repeat($"  - {{name: \"a\"}}\n  - {item}\n", 20));
        byte[] text = Encoding.UTF8.GetBytes("%TAG !e! tag:x,2000:\n---\njobs:\n" + jobs);
        Assert.Equal(Read(text, Whole), Read(text, new YamlCutSizes(0, 1, int.MaxValue)));
        Assert.True(YamlCuts.Find(text, new YamlCutSizes(0, 1, int.MaxValue)).Count > 10);
    }

    // That a comment followed its only text the scanner keeps in mind beyond the document's end.
    [Fact]
    public void SecondDocument_IsReadAsInTheWholeText()
    {
        byte[] text = Encoding.UTF8.GetBytes("a # c\n---\n" + string.Concat(Enumerable.Repeat("  - {name}\n", 6)));
        Assert.Equal(Read(text, Whole), Read(text, new YamlCutSizes(0, 1, int.MaxValue)));
        Assert.NotEmpty(YamlCuts.Find(text, new YamlCutSizes(0, 1, int.MaxValue)));
    }

    // The parser of what is left of the text would find the end of the quote too early, and of the second not see what is wrong in it.
    [Theory]
    [InlineData("a:\n  - \"q\": 'open\n", "  - name: x\n", "  - name: it's\n")]
    [InlineData("a:\n  - \"q\": b\n \"open\n", "  - name: x\n# c\n", "  - name: y\"\n")]
    public void Quotes_AreReadAsInTheWholeText_WhenTheyGoOnBehindTheCut(string before, string item, string last)
    {
        byte[] text = Encoding.UTF8.GetBytes(before + string.Concat(Enumerable.Repeat(item, 20)) + last);
        Assert.Equal(Read(text, Whole), Read(text, new YamlCutSizes(0, 1, int.MaxValue)));
        Assert.Equal(20, YamlCuts.Find(text, new YamlCutSizes(0, 1, int.MaxValue)).Count);
    }

    [Theory]
    [InlineData("  - a\n  - b\n  - c\n", 2)]
    [InlineData("  - aaaa\n\n # x\n  - {b\n  -c\n", 1)] // a line of this indentation that is no item
    [InlineData("  - aaaaaaa\n  - bbbbb\n - c\n  - ddddd\n  - e\n", 2)]
    [InlineData("  - a\n  - \"b\"\n  - {\"c\"\n  - d\n", 1)]
    [InlineData("- a\n- b\n- c\n", 0)]
    [InlineData("  - a\n  - b\r  - c\n  - d\n", 0)]
    [InlineData("  - a\r\n  - b\r\n  - c\r\n", 2)]
    [InlineData("  - a\n  - b\u0085  - c\n  - d\n", 0)]
    [InlineData("  - a\n  - b\u2028  - c\n  - d\n", 0)]
    [InlineData("  - a\n  - b\u2029  - c\n  - d\n", 0)]
    [InlineData("  - aaaaaaaaaaaaaaaaaaaaaaaaaa\n  - b\n", 0)] // too long
    [InlineData("a: bbbbbbbbbbbbbbbbbbbbbbbbbbbb\n  - b\n  - c\n", 0)] // most is elsewhere
    public void Chunks_AreOfWhatLooksLikeItems(string text, int count)
    {
        IReadOnlyList<YamlChunk> chunks = YamlCuts.Find(Encoding.UTF8.GetBytes(text), new YamlCutSizes(0, 1, 24));
        Assert.Equal(count, chunks.Count);
        Assert.All(chunks, chunk => Assert.StartsWith("  - ", text[chunk.Start..], StringComparison.Ordinal));
        Assert.All(chunks, chunk => Assert.StartsWith("  - ", text[chunk.End..], StringComparison.Ordinal));
        Assert.All(chunks, chunk => Assert.Equal(chunk.LinesBefore, text[..chunk.Start].Count(c => c == '\n')));
        Assert.All(chunks, chunk => Assert.Equal(chunk.Lines, text[chunk.Start..chunk.End].Count(c => c == '\n')));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Characters_AreWhole_WhateverFitsIntoTheBuffer(int size)
    {
        const string Text = "aé你😀😀b";
        byte[] bytes = Encoding.UTF8.GetBytes(Text);
        using var reader = new Utf8Reader(bytes, ReadOnlyMemory<byte>.Empty, bytes);
        var read = new StringBuilder();
        char[] buffer = new char[size];
        for (int count; (count = reader.Read(buffer, 0, size)) > 0;)
            read.Append(buffer, 0, count);
        Assert.Equal(Text + Text, read.ToString());
    }

    private static YamlCutSizes SmallOf(Random random) => new(0, random.Next(20, 300), random.Next(4) == 0 ? 400 : int.MaxValue);

    /// <summary>One or several apps, of whose items one in ten is of the rarer ones.</summary>
    private static byte[] TextOf(Random random, string[] often, string[] rare)
    {
        string indent = new(' ', random.Pick([4, 6, 7]));
        bool isWithRare = random.Next(3) > 0;
        var text = new StringBuilder("apps:\n");
        for (int app = random.Next(1, 4); app > 0; app--)
        {
            text.Append(null, $"  - name: app{app}\n    token: \"t\"\n    jobs:\n{indent}- {{name: first}}\n");
            for (int i = random.Next(20, 50); i > 0; i--)
                text.AppendFormat(null, random.Pick(isWithRare && random.Next(20) == 0 ? rare : often), indent, i);
        }
        text.Append(random.Pick(["", "    id: 1\n", "server: {listen: x}\n", "# the end"]));
        if (random.Next(4) == 0)
            text.Replace("\n", "\r\n");
        return Encoding.UTF8.GetBytes(random.Next(4) == 0 ? text.ToString().TrimEnd() : text.ToString());
    }

    /// <summary>All events, and what was thrown in place of the next.</summary>
    private static List<object> Read(ReadOnlyMemory<byte> text, YamlCutSizes sizes)
    {
        List<object> read = [];
        using var events = new EventReader(text, sizes);
        try
        {
            do
                read.Add(events.Next());
            while (read[^1] is YamlEvent { Kind: not YamlEventKind.StreamEnd });
        }
        catch (Exception e) when (e is YamlException or InvalidOperationException or ArgumentException)
        {
            read.Add((e.GetType(), e.Message, (e as YamlException)?.Start, (e as YamlException)?.End, events.FaultAt));
        }
        return read;
    }

    private static bool IsReadInChunks(ReadOnlyMemory<byte> text, YamlCutSizes sizes)
    {
        var cut = new SplicedEvents(text, YamlCuts.Find(text.Span, sizes));
        while (cut.TryNext(out YamlEvent next))
            if (next.Kind == YamlEventKind.StreamEnd)
                return true;
        return false;
    }

    private static string? Shown(object? read) =>
        read is YamlEvent shown ? $"{shown.Kind} {shown.Traits} '{shown.Text}' at {shown.At}" : $"{read}";
}
