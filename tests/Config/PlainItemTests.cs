using System.Text;
using Qschedd.Config;
using Qschedd.Tests.Fuzz;
using YamlDotNet.Core;

namespace Qschedd.Tests.Config;

/// <summary>An item that is read without the scanner has the events that the parser would have made of it; any doubtful one is left to that.</summary>
public class PlainItemTests
{
    private const int EventsBefore = 5; // of the stream, the document, the mapping, its key and the list
    private const int EventsBehind = 5; // the next item, and the ends of all those

    private static readonly string[] Items =
    [
        "  - {name: a.b, cron: \"0 0/5 * * * ?\"}\n", "  - { name: a , state: false }\n", "  - {name: 'a', desc: 每天 9 点, parameter: {a: [1, 'x', {b: c}], d: {}}}\n",
        "  - {name: \"\", type: local, command: [/bin/true, \"a 😀 b\", []]}\n", "  - {name: 你 😀, cron: \"x\"}\n\n # c\n      \n",
        "  - name: a\n    cron: \"* * * * * ?\"\n", "  - name: a b\n    # c\n\n    desc: '每天'\n    retry: {attempts: 3, delay: 10s}\n  # d\n", "  - name:  a\r\n    crons: [{cron: \"x\", param: 1}]\r\n\r\n",
    ];

    private static readonly string[] Edits =
    [
        .. Enumerable.Range(' ', 0x7f - ' ').Select(c => $"{(char)c}"), "\t", "\n", "\r\n", "\n    ", "\n  ", "  ", ": ", ", ", " #", "''", "\"\"", "\\\"", "{}", "[]", "- ", "? ", "é", "😀", "\u00a0", "\uFEFF", "\n---\n", "\n...\n",
    ];

    [Theory]
    [InlineData("  - {name: a}")]
    [InlineData("  - name: a\n    desc:  b\n    # c\n\n")]
    public void Item_IsRead_WhenItIsPlain(string item)
    {
        Assert.NotNull(ReadPlain(item));
        Assert.All(Items, plain => Assert.NotNull(ReadPlain(plain)));
    }

    [Theory]
    [InlineData("  - {name: *a}\n")]
    [InlineData("  - {name: &a b}\n")]
    [InlineData("  - {name: !a b}\n")]
    [InlineData("  - {name: a, }\n")]
    [InlineData("  - {name: a\n    b: c}\n")]
    [InlineData("  - {name: }\n")]
    [InlineData("  - {name}\n")]
    [InlineData("  - {name: a: b}\n")]
    [InlineData("  - {name: [a: b]}\n")]
    [InlineData("  - {\"name\": a}\n")]
    [InlineData("  - {name: \"a\\n\"}\n")]
    [InlineData("  - {name: 'a''b'}\n")]
    [InlineData("  - {name: a} # b\n")]
    [InlineData("  - {name: a} \n")]
    [InlineData("  - name: a \n")]
    [InlineData("  - name: |\n    a\n")]
    [InlineData("  - name: a\n      b\n")]
    [InlineData("  - name:\n    - b\n")]
    [InlineData("  - name: a\n     b: c\n")]
    [InlineData("  - name: a\n   b: c\n")]
    [InlineData("  - name\n")]
    [InlineData("  - {name: a}\n    b: c\n")]
    public void Item_IsLeftToTheParser_WhenItIsNot(string item)
    {
        var events = new YamlEventList { Count = 3 };
        Assert.False(PlainItem.TryRead(Encoding.UTF8.GetBytes(item), 2, 2, 3, events));
        Assert.Equal(3, events.Count);
    }

    [Fact]
    public void Lists_AreNotFollowedWithoutEnd_WhenTheyAreDeep() =>
        Assert.Null(ReadPlain($"  - {{name: {new string('[', 1_000_000)}{new string(']', 1_000_000)}}}\n"));

    [Fact]
    public void Events_AreTheParsers_WhereAnItemIsTakenAsPlain()
    {
        int taken = 0;
        for (int seed = 0; seed < 6_000; seed++)
        {
            string item = EditedOf(new Random(seed));
            if (ReadPlain(item) is not { } read)
                continue;
            taken++;
            Assert.True(read.SequenceEqual(ReadParsed(item)), $"seed {seed}: {item}");
        }
        Assert.InRange(taken, 1_500, 5_000);
    }

    private static string EditedOf(Random random)
    {
        string item = random.Pick(Items);
        for (int edit = random.Next(4); edit > 0; edit--)
        {
            int at = random.Next(4, item.Length);
            item = item[..at] + random.Pick(Edits) + item[Math.Min(item.Length, at + random.Next(3))..];
        }
        // Whole characters, and no ends of lines but those that a text is cut at.
        item = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(item)).ReplaceLineEndings("\n");
        item = item.EndsWith('\n') ? item : item + "\n";
        return random.Next(4) == 0 ? item.Replace("\n", "\r\n", StringComparison.Ordinal) : item;
    }

    private static List<YamlEvent>? ReadPlain(string item)
    {
        var events = new YamlEventList();
        bool isRead = PlainItem.TryRead(Encoding.UTF8.GetBytes(item), 2, 2, 2 + item.Count(c => c == '\n'), events);
        return isRead ? [.. Enumerable.Range(0, events.Count).Select(i => events[i])] : null;
    }

    /// <summary>Empty: the parser finds a fault.</summary>
    private static IEnumerable<YamlEvent> ReadParsed(string item)
    {
        List<YamlEvent> read = [];
        var parser = new Parser(new StringReader($"jobs:\n{item}  - z\n"));
        try
        {
            while (parser.MoveNext())
                read.Add(YamlEvent.Of(parser.Current!));
        }
        catch (YamlException)
        {
            return [];
        }
        return read.Skip(EventsBefore).SkipLast(EventsBehind);
    }
}
