using System.Globalization;
using System.Text;
using Qschedd.Engine.Model;

namespace Qschedd.Alerts;

/// <summary>
/// Proof to a chat robot that its secret is known here. Each try has a signature of its own: the services take none that is more
/// than an hour old.
/// <list type="bullet">
/// <item>DingTalk: HMAC-SHA256 of <c>timestamp LF secret</c> under the secret, base64, in the query; the timestamp in milliseconds</item>
/// <item>Feishu: HMAC-SHA256 of nothing under <c>timestamp LF secret</c>, base64, in the body; the timestamp in seconds</item>
/// </list>
/// </summary>
internal static class AlertSigning
{
    /// <summary>The webhook with what DingTalk wants behind it.</summary>
    public static Uri ForDingTalk(Uri webhook, Secret secret, DateTimeOffset now)
    {
        string timestamp = now.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        string sign = Convert.ToBase64String(Sha256.Hmac(secret.Utf8, WithSecret(timestamp, secret)));
        string separator = webhook.Query.Length == 0 ? "?" : "&";
        return new Uri($"{webhook.AbsoluteUri}{separator}timestamp={timestamp}&sign={Uri.EscapeDataString(sign)}");
    }

    public static (string Timestamp, string Sign) ForFeishu(Secret secret, DateTimeOffset now)
    {
        string timestamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return (timestamp, Convert.ToBase64String(Sha256.Hmac(WithSecret(timestamp, secret), [])));
    }

    private static byte[] WithSecret(string timestamp, Secret secret) => [.. Encoding.UTF8.GetBytes(timestamp + "\n"), .. secret.Utf8];
}
