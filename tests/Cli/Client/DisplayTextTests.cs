using Qschedd.Cli.Client;

namespace Qschedd.Tests.Cli.Client;

public class DisplayTextTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("abc", 3)]
    [InlineData("短信.发送", 9)]
    [InlineData("ｱ", 1)]
    [InlineData("Ａ", 2)]
    [InlineData("한국", 4)]
    [InlineData("e\u0301", 1)]
    [InlineData("𠮷", 2)]
    [InlineData("😀", 2)]
    [InlineData("…", 1)]
    [InlineData("\u200b", 0)]
    [InlineData("☃", 1)]
    public void Width_CountsColumns_WhenShown(string text, int width) => Assert.Equal(width, DisplayText.Width(text));

    [Theory]
    [InlineData("plain 短信", "plain 短信")]
    [InlineData("\e[31mred\e[0m", "\\u001b[31mred\\u001b[0m")]
    [InlineData("a\nb\r\tc", "a\\nb\\r\\tc")]
    [InlineData("\u009b31m", "\\u009b31m")]
    [InlineData("\a\b\0\u007f", "\\u0007\\u0008\\u0000\\u007f")]
    [InlineData("user\u202egnp.exe", "user\\u202egnp.exe")]
    [InlineData("a\u2028b", "a\\u2028b")]
    public void Line_WritesOutWhatMovesTheCursor_WhenTextHoldsIt(string text, string shown) => Assert.Equal(shown, DisplayText.Line(text));

    [Fact]
    public void Line_MarksHalfACharacter_WhenASurrogateStandsAlone() => Assert.Equal("a\\ufffdb", DisplayText.Line("a\ud800b"));

    [Fact]
    public void Lines_KeepsLineEndsAndTabs_WhenOfALog() =>
        Assert.Equal("a\tb\nc\\u001b[2J\\rd", DisplayText.Lines("a\tb\r\nc\e[2J\rd"));

    [Theory]
    [InlineData("abcdef", 6, "abcdef")]
    [InlineData("abcdef", 5, "abcd…")]
    [InlineData("短信发送", 7, "短信发…")]
    [InlineData("短信发送", 6, "短信…")]
    public void Cut_EndsInAnEllipsis_WhenTooWide(string text, int width, string cut) => Assert.Equal(cut, DisplayText.Cut(text, width));
}
