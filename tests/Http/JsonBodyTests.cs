using System.Text;
using Qschedd.Http;

namespace Qschedd.Tests.Http;

public class JsonBodyTests
{
    [Theory]
    [InlineData("{}")]
    [InlineData(" \r\n\t{\"a\":1} ")]
    [InlineData("\uFEFF{\"a\":1}")]
    [InlineData("{\"a\":1e999999,\"b\":123456789012345678901234567890}")]
    [InlineData("{\"a\":\"\\ud842\\udfb7\\\\ud800\"}")]
    public void Body_IsRead_WhenItIsAnObject(string text)
    {
        using JsonBody? body = Parse(text);
        Assert.NotNull(body);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"{}\"")]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData("{} x")]
    [InlineData("{'a':1}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{\"a\":01}")]
    [InlineData("{\"a\":NaN}")]
    [InlineData("/* x */{}")]
    [InlineData("\uFEFF\uFEFF{}")]
    [InlineData("{\"a\":\"\\ud800\"}")]
    [InlineData("{\"a\":\"\\udc00\"}")]
    [InlineData("{\"a\":\"\\ud800x\\udc00\"}")]
    [InlineData("{\"a\":\"\\ud800\\n\\udc00\"}")]
    [InlineData("{\"a\":\"\\ud800\\ud800\\udc00\"}")]
    [InlineData("{\"jo\\uD800\":1}")]
    [InlineData("{\"a\":\"\\u12")]
    [InlineData("{\"a\":\"\\")]
    public void Body_IsRefused_WhenItIsNoSoundObject(string text) => Assert.Null(Parse(text));

    [Theory]
    [InlineData("7b2261223a22c0af227d")]
    [InlineData("7b2261223a22eda080227d")]
    [InlineData("7b2261223a22ff227d")]
    public void Body_IsRefused_WhenItIsNoUtf8(string hex) => Assert.Null(JsonBody.Parse(Convert.FromHexString(hex), 32));

    [Theory]
    [InlineData(31, true)]
    [InlineData(32, false)]
    [InlineData(100_000, false)]
    public void Body_IsBounded_WhenDeep(int arrays, bool good)
    {
        using JsonBody? body = Parse($"{{\"a\":{new string('[', arrays)}{new string(']', arrays)}}}");
        Assert.Equal(good, body is not null);
    }

    [Fact]
    public void Member_IsTheLastOne_WhenThereAreSeveral()
    {
        using JsonBody? body = Parse("""{"job":1,"job":"\u0061","other":{},"j\u006fb":"b","list":["x"],"list":[]}""");

        Assert.True(body!.TryText("job", out string? job));
        Assert.Equal("b", job);
        Assert.False(body.TryTexts("list", out _));
    }

    [Fact]
    public void Member_IsAbsent_WhenNull()
    {
        using JsonBody? body = Parse("""{"a":null,"b":"","c":1}""");

        Assert.False(body!.TryGet("a", out _));
        Assert.True(body.TryOptionalText("a", out string? a));
        Assert.Null(a);
        Assert.False(body.TryText("b", out _));
        Assert.False(body.TryOptionalText("c", out _));
        Assert.False(body.TryInteger("b", out _));
        Assert.True(body.TryInteger("c", out int c));
        Assert.Equal(1, c);
    }

    private static JsonBody? Parse(string text) => JsonBody.Parse(Encoding.UTF8.GetBytes(text), HttpLimits.JsonDepthMax);
}
