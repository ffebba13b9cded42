using System.Text;
using Qschedd.Engine.Model;
using Qschedd.Http;

namespace Qschedd.Tests.Http;

/// <summary>The small rules on text: percent-encoding, hosts, task ids, queries and cuts.</summary>
public class TextRulesTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("a.b-c_d~", "a.b-c_d~")]
    [InlineData("%E6%8A%A5%e8%a1%a8", "报表")]
    [InlineData("%F0%A0%AE%B7", "𠮷")]
    [InlineData("%252e", "%2e")]
    [InlineData("%2e%2e", "..")]
    [InlineData("a+b%20c", "a+b c")]
    [InlineData("%7f", null)]
    [InlineData("%00", null)]
    [InlineData("%0a", null)]
    [InlineData("%c2%85", null)]
    [InlineData("%u0041", null)]
    [InlineData("%", null)]
    [InlineData("%4", null)]
    [InlineData("%4g", null)]
    [InlineData("%+1", null)]
    [InlineData("% 1", null)]
    [InlineData("%c0%af", null)]
    [InlineData("%e0%80%af", null)]
    [InlineData("%ed%a0%80", null)]
    [InlineData("%f4%90%80%80", null)]
    [InlineData("%e6%8a", null)]
    [InlineData("%ff", null)]
    [InlineData("报", null)]
    public void PercentText_IsDecodedOnceAndStrictly_WhenRead(string raw, string? expected)
    {
        bool good = PercentText.TryDecode(raw, plusIsSpace: false, out string? text);

        Assert.Equal(expected is not null, good);
        if (good)
            Assert.Equal(expected, text);
    }

    [Theory]
    [InlineData("a+b", "a b")]
    [InlineData("+", " ")]
    [InlineData("+%2B+", " + ")]
    [InlineData("plain text", "plain text")]
    [InlineData("a+\u007f", null)]
    public void Plus_IsASpace_InAForm(string raw, string? expected)
    {
        bool good = PercentText.TryDecode(raw, plusIsSpace: true, out string? text);

        Assert.Equal(expected, good ? text : null);
    }

    [Theory]
    [InlineData("10.0.0.9", "10.0.0.9")]
    [InlineData("::1", "::1")]
    [InlineData("[::1]", "::1")]
    [InlineData("0:0:0:0:0:0:0:1", "::1")]
    [InlineData("FE80::A", "fe80::a")]
    [InlineData("::ffff:10.0.0.9", "10.0.0.9")]
    [InlineData("localhost", "localhost")]
    [InlineData("l-pay_1.dev.cn6", "l-pay_1.dev.cn6")]
    [InlineData("10.example", "10.example")]
    [InlineData("", null)]
    [InlineData(".", null)]
    [InlineData("a..b", null)]
    [InlineData(".a", null)]
    [InlineData("a.", null)]
    [InlineData("10", null)]
    [InlineData("10.0.0", null)]
    [InlineData("10.0.0.256", null)]
    [InlineData("010.0.0.9", null)]
    [InlineData("10.0.0.9:80", null)]
    [InlineData("[10.0.0.9]", null)]
    [InlineData("[a]", null)]
    [InlineData("[::1", null)]
    [InlineData("fe80::1%eth0", null)]
    [InlineData("::g", null)]
    [InlineData("a b", null)]
    [InlineData("主机", null)]
    [InlineData("a/b", null)]
    public void Host_IsAddressOrName_WhenItLooksLikeOne(string text, string? expected)
    {
        HostName.TryNormalize(text, out string? host);
        Assert.Equal(expected, host);
    }

    [Theory]
    [InlineData(63, 253, true)]
    [InlineData(64, 253, false)]
    [InlineData(63, 254, false)]
    public void Host_IsBounded_WhenLong(int labelChars, int chars, bool good)
    {
        string labels = string.Join('.', Enumerable.Repeat(new string('a', labelChars), 5));
        Assert.Equal(good, HostName.TryNormalize(labels[..chars], out _));
    }

    [Theory]
    [InlineData("10.0.0.9:20010", true)]
    [InlineData("[::1]:1", true)]
    [InlineData("l-demo.dev:65535", true)]
    [InlineData("10.0.0.9", false)]
    [InlineData("10.0.0.9:", false)]
    [InlineData("10.0.0.9:0", false)]
    [InlineData("10.0.0.9:65536", false)]
    [InlineData("10.0.0.9:+1", false)]
    [InlineData(":80", false)]
    [InlineData("::1:80", false)]
    [InlineData("[::1]", false)]
    [InlineData("[a]:80", false)]
    [InlineData("a b:80", false)]
    public void Address_IsHostAndPort_WhenGood(string text, bool good) => Assert.Equal(good, HostName.IsAddress(text));

    [Theory]
    [InlineData("http://10.0.0.9:9999/", true)]
    [InlineData("https://x.dev/base", true)]
    [InlineData("ftp://x.dev/", false)]
    [InlineData("http://user:pass@x.dev/", false)]
    [InlineData("http://x.dev/?a=1", false)]
    [InlineData("http://x.dev/#a", false)]
    [InlineData("http://", false)]
    [InlineData("x.dev", false)]
    public void Url_IsABase_WhenGood(string text, bool good) => Assert.Equal(good, HostName.IsUrl(text));

    [Theory]
    [InlineData("140727.123745.192.168.236.130.26859.2531970", true)]
    [InlineData("140727.123745.::1.1.1", true)]
    [InlineData("140727.123745.host.1.1", true)]
    [InlineData("140727.123745.1.1", false)]
    [InlineData("14072.123745.host.1.1", false)]
    [InlineData("140727.12374x.host.1.1", false)]
    [InlineData("140727.123745.host.x.1", false)]
    [InlineData("140727.123745.host.1.", false)]
    [InlineData("140727.123745.ho st.1.1", false)]
    [InlineData("1", false)]
    [InlineData("", false)]
    public void TaskId_HasShape_WhenItReadsLikeOne(string text, bool good) => Assert.Equal(good, TaskId.HasShape(text));

    [Fact]
    public void Query_ReadsLikeAForm_WhenParsed()
    {
        Query query = Query.Parse("q=%E6%8A%A5+%2B1&state=on&state=off&app=&&from=-5&to=9x&limit=1000")!;

        Assert.Equal("报 +1", query["q"]);
        Assert.Equal("off", query["state"]);
        Assert.Null(query["app"]);
        Assert.Null(query["absent"]);
        Assert.True(query.TryInstant("from", out long? fromMs));
        Assert.Equal(-5, fromMs);
        Assert.True(query.TryInstant("absent", out long? absentMs));
        Assert.Null(absentMs);
        Assert.False(query.TryInstant("to", out _));
        Assert.True(query.TryLimit(20, out int limit));
        Assert.Equal(1000, limit);
    }

    [Theory]
    [InlineData("a=%zz")]
    [InlineData("%c0=1")]
    [InlineData("a=b&c=%00")]
    public void Query_IsRefused_WhenNotPercentText(string raw) => Assert.Null(Query.Parse(raw));

    [Theory]
    [InlineData("0", false)]
    [InlineData("1", true)]
    [InlineData("1001", false)]
    [InlineData("-1", false)]
    [InlineData("+1", false)]
    [InlineData("1.0", false)]
    [InlineData("99999999999999999999", false)]
    public void Limit_IsBounded_WhenGiven(string text, bool good) =>
        Assert.Equal(good, Query.Parse($"limit={text.Replace("+", "%2B")}")!.TryLimit(20, out _));

    [Theory]
    [InlineData("abc", 3, "abc", "abc")]
    [InlineData("abcd", 3, "abc", "bcd")]
    [InlineData("汉字", 3, "汉", "字")]
    [InlineData("汉字", 5, "汉", "字")]
    [InlineData("𠮷𠮷", 7, "𠮷", "𠮷")]
    [InlineData("汉", 2, "", "")]
    [InlineData("", 2, "", "")]
    public void Cut_KeepsWholeCharacters_WhenTooLong(string text, int bytesMax, string head, string tail)
    {
        Assert.Equal(head, Utf8Cut.Head(text, bytesMax));
        Assert.Equal(tail, Utf8Cut.Tail(text, bytesMax));
    }

    [Fact]
    public void Encoder_EscapesOnlyWhatItMust_WhenWriting()
    {
        using var data = new DataAnswer();
        data.Writer.WriteStringValue("𠮷　<é>\u2028\u007f/\"\\\t\u0000" + '\ud800' + "x" + '\udc00');
        Answer answer = data.Finish();

        string text = Encoding.UTF8.GetString(answer.Body.Span);
        answer.Release();

        Assert.Equal("{\"data\":\"𠮷　<é>\u2028\u007f/\\\"\\\\\\t\\u0000\ufffdx\ufffd\",\"ret\":true}", text);
    }
}
