using Qschedd.Config;

namespace Qschedd.Tests.Config;

/// <summary>The small rules: durations, names, addresses, near words.</summary>
public class WordTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData("0d", 0)]
    [InlineData("500ms", 500)]
    [InlineData("90s", 90_000)]
    [InlineData("30m", 1_800_000)]
    [InlineData("2h", 7_200_000)]
    [InlineData("1d", 86_400_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("1d2h3m4s5ms", 93_784_005)]
    public void Duration_IsRead_WhenItsUnitsDescend(string text, long ms)
    {
        Assert.Equal(TimeSpan.FromMilliseconds(ms), DurationText.Parse(text, out string fault));
        Assert.Equal("", fault);
    }

    [Theory]
    [InlineData("", "a duration is written as")]
    [InlineData("s", "a duration is written as")]
    [InlineData("+1s", "a duration is written as")]
    [InlineData("90", "the unit is missing: 90s, 90m or 90h?")]
    [InlineData("-5s", "a duration is not negative")]
    [InlineData("5 m", "a duration holds no spaces")]
    [InlineData("1.5h", "a duration holds no fractions: 1.5h is 1h30m")]
    [InlineData("30M", "no unit is called 'M': write 30m;")]
    [InlineData("30min", "no unit is called 'min': write 30m;")]
    [InlineData("2w", "no unit is called 'w': write 14d")]
    [InlineData("5x", "no unit is called 'x': a duration is written as")]
    [InlineData("1h30", "a number without a unit at the end")]
    [InlineData("30m1h", "each unit stands once, the longest first")]
    [InlineData("1h1h", "each unit stands once, the longest first")]
    [InlineData("99999999999999s", "the number is too large")]
    [InlineData("PT1H", "a duration is written as")]
    public void Duration_IsRefusedWithTheRightForm_WhenItIsWrong(string text, string words)
    {
        Assert.Null(DurationText.Parse(text, out string fault));
        Assert.StartsWith(words, fault);
    }

    [Fact]
    public void Duration_IsFormattedAsItIsWritten_WhenItHasSeveralUnits()
    {
        long[] ms = [0, 500, 5_400_000, 93_784_005];
        Assert.Equal(["0s", "500ms", "1h30m", "1d2h3m4s5ms"], ms.Select(one => DurationText.Format(TimeSpan.FromMilliseconds(one))));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("qschedule.demo.job-1_x")]
    [InlineData("发送短信")]
    [InlineData("naïve")]
    [InlineData("e\u0301")]
    [InlineData("\U00020000")]
    [InlineData("ON")]
    [InlineData("on.x")]
    public void Name_IsTaken_WhenItIsOfLettersDigitsAndMarks(string name) => Assert.Null(NameRule.FindFault(name, name, isJob: true));

    [Theory]
    [InlineData("")]
    [InlineData("on")]
    [InlineData("off")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("a\n")]
    [InlineData("a%20")]
    [InlineData("a\u200b")]
    [InlineData("\U0001F600")]
    [InlineData("\ud800")]
    public void Name_IsRefused_WhenItIsNot(string name) => Assert.NotNull(NameRule.FindFault(name, name, isJob: true));

    [Fact]
    public void Name_MayBeAnEndpoints_WhenItIsAnApps() => Assert.Null(NameRule.FindFault("on", "on", isJob: false));

    [Fact]
    public void Name_IsBounded_WhenCharactersAreCounted()
    {
        Assert.Null(NameRule.FindFault(new string('a', 128), "", isJob: true));
        Assert.NotNull(NameRule.FindFault(new string('a', 129), "", isJob: true));
        Assert.Null(NameRule.FindFault(string.Concat(Enumerable.Repeat("\U00020000", 128)), "", isJob: true));
        Assert.NotNull(NameRule.FindFault(string.Concat(Enumerable.Repeat("\U00020000", 129)), "", isJob: true));
    }

    [Theory]
    [InlineData("192.168.1.1:20010")]
    [InlineData("l-demo2.dev.cn6.qunar.com:1")]
    [InlineData("worker_1:65535")]
    [InlineData("[::1]:20010")]
    [InlineData("[fe80::1%eth0]:20010")]
    public void Address_IsTaken_WhenItIsHostAndPort(string address) => Assert.Null(Addresses.FindFault(address));

    [Theory]
    [InlineData("a")]
    [InlineData(":1")]
    [InlineData("a:")]
    [InlineData("a:0")]
    [InlineData("a:65536")]
    [InlineData("a:08")]
    [InlineData("a:1x")]
    [InlineData("::1")]
    [InlineData("[::1]")]
    [InlineData("[a]:1")]
    [InlineData("[127.0.0.1]:1")]
    [InlineData("1.2.3:1")]
    [InlineData("1.2.3.256:1")]
    [InlineData("a b:1")]
    [InlineData("-a:1")]
    [InlineData("a..b:1")]
    [InlineData("a/b:1")]
    [InlineData("u@a:1")]
    [InlineData("*:1")]
    public void Address_IsRefused_WhenItIsNot(string address) => Assert.NotNull(Addresses.FindFault(address));

    [Theory]
    [InlineData("corn", "cron")]
    [InlineData("crn", "cron")]
    [InlineData("Cron", "cron")]
    [InlineData("crns", "crons")]
    [InlineData("time_zone", "timeZone")]
    [InlineData("timezone", "timeZone")]
    [InlineData("param", null)]
    [InlineData("x", null)]
    [InlineData("", null)]
    public void Suggestion_IsTheNearestWord_WhenOneIsNear(string word, string? near) =>
        Assert.Equal(near, Suggest.Near(word, ["cron", "crons", "timeZone", "timeout", "parameter"]));

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("abc", "", 3)]
    [InlineData("abc", "abd", 1)]
    [InlineData("abc", "acb", 1)]
    [InlineData("abc", "ab", 1)]
    [InlineData("kitten", "sitting", 3)]
    public void Distance_CountsEdits_WhenWordsDiffer(string a, string b, int distance) => Assert.Equal(distance, Suggest.Distance(a, b));
}
