using System.Security.Cryptography;
using System.Text;
using Qschedd.Alerts;
using Qschedd.Engine.Model;

namespace Qschedd.Tests.Alerts;

/// <summary>Signatures, as the receiving services compute them: the expected values are written out from their descriptions.</summary>
public sealed class SigningTests : IDisposable
{
    private const string Key = "SEC-robot";
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeMilliseconds(1_599_360_473_123);

    private readonly WebhooksWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData("https://oapi.example/robot/send?access_token=x", "https://oapi.example/robot/send?access_token=x&")]
    [InlineData("https://oapi.example/robot", "https://oapi.example/robot?")]
    public void DingTalk_HasTimestampAndSignInTheQuery(string webhook, string start)
    {
        byte[] sign = HMACSHA256.HashData(Encoding.UTF8.GetBytes(Key), Encoding.UTF8.GetBytes("1599360473123\n" + Key));
        string query = "timestamp=1599360473123&sign=" + Convert.ToBase64String(sign).Replace("+", "%2B").Replace("/", "%2F").Replace("=", "%3D");
        Assert.Equal(start + query, AlertSigning.ForDingTalk(new Uri(webhook), new Secret(Key), At).AbsoluteUri);
    }

    [Fact]
    public void Feishu_HasTheHashOfNothingUnderTimestampAndSecret()
    {
        byte[] sign = HMACSHA256.HashData(Encoding.UTF8.GetBytes("1599360473\n" + Key), Array.Empty<byte>());
        Assert.Equal(("1599360473", Convert.ToBase64String(sign)), AlertSigning.ForFeishu(new Secret(Key), At));
    }

    [Fact]
    public async Task EachTry_IsSignedAnew_ForDingTalk()
    {
        await using var receiver = Receiver.On();
        receiver.Answer = n => Receiver.Response(n > 1 ? 200 : 500);
        _world.Raise(AlertSamples.Rule(receiver.Port, AlertFormat.DingTalk, path: "/robot?access_token=abc") with { Secret = new Secret(Key) });
        string first = (await receiver.NextAsync()).RequestLine;
        await _world.Time.PassAsync(TimeSpan.FromSeconds(1));
        string second = (await receiver.NextAsync()).RequestLine;
        Assert.StartsWith("POST /robot?access_token=abc&timestamp=", first, StringComparison.Ordinal);
        Assert.NotEqual(first, second);
        Assert.DoesNotContain(_world.Log.Lines, line => line.Contains(Key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Body_IsSigned_ForFeishu()
    {
        await using var receiver = Receiver.On();
        _world.Raise(AlertSamples.Rule(receiver.Port, AlertFormat.Feishu) with { Secret = new Secret(Key) });
        var received = await receiver.NextAsync();
        var (timestamp, sign) = AlertSigning.ForFeishu(new Secret(Key), _world.Time.GetUtcNow());
        Assert.Equal((timestamp, sign), ((string)received.Json["timestamp"]!, (string)received.Json["sign"]!));
        Assert.Equal("text", (string)received.Json["msg_type"]!);
    }

    [Fact]
    public async Task Nothing_IsSigned_WithoutASecret()
    {
        await using var receiver = Receiver.On();
        _world.Raise(AlertSamples.Rule(receiver.Port, AlertFormat.Feishu));
        Assert.Null((await receiver.NextAsync()).Json["sign"]);
    }
}
