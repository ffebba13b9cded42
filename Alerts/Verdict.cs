using System.Text;
using System.Text.Json;
using Qschedd.Engine.Model;

namespace Qschedd.Alerts;

internal enum VerdictResult
{
    Delivered,
    /// <summary>Not now: to be tried again.</summary>
    Again,
    /// <summary>Not ever: the same request would be answered alike.</summary>
    Refused,
}

/// <summary>What an answer means for the alert.</summary>
/// <param name="Result">What it comes to.</param>
/// <param name="Reason">In an operator's words; may hold the receiver's own.</param>
/// <param name="After">How long the receiver asks to be left alone.</param>
internal readonly record struct Verdict(VerdictResult Result, string Reason = "", TimeSpan After = default)
{
    private const int WordsMax = 200;

    // Codes of the services that say: this webhook, or this text, will never be taken. All others may pass: too many messages
    // (DingTalk 130101, WeCom 45009, Feishu 11232) above all.
    private static readonly int[] DingTalkLasting = [300001, 300005, 310000, 40035, 400013, 400101, 400102, 400105, 400106];
    private static readonly int[] WeComLasting = [93000, 40008, 40058, 44004];
    private static readonly int[] FeishuLasting = [9499, 19001, 19021, 19022, 19024];

    public static readonly Verdict Delivered = new(VerdictResult.Delivered);

    /// <summary>Whether the answer's body says more than its status.</summary>
    public static bool NeedsBody(AlertFormat format, int status) =>
        status is >= 200 and < 300 && format is AlertFormat.DingTalk or AlertFormat.WeCom or AlertFormat.Feishu;

    public static Verdict Of(AlertFormat format, int status, ReadOnlyMemory<byte> body) => status switch
    {
        >= 200 and < 300 => NeedsBody(format, status) ? OfBody(format, body) : Delivered,
        408 or 425 or 429 or >= 500 => new(VerdictResult.Again, $"it answered {status}"),
        >= 300 and < 400 => new(
            VerdictResult.Refused, $"it answered {status}, and redirects are not followed: give the URL where they lead"),
        _ => new(VerdictResult.Refused, $"it answered {status}"),
    };

    /// <summary>These services answer 200 whatever they think; the body has a code, 0 when they are content.</summary>
    private static Verdict OfBody(AlertFormat format, ReadOnlyMemory<byte> body)
    {
        bool isFeishu = format == AlertFormat.Feishu;
        if (Read(body, isFeishu ? "code" : "errcode", isFeishu ? "msg" : "errmsg") is not { Code: not 0 } said)
            return Delivered;
        int[] lasting = format switch
        {
            AlertFormat.DingTalk => DingTalkLasting,
            AlertFormat.WeCom => WeComLasting,
            _ => FeishuLasting,
        };
        var result = lasting.Contains(said.Code) ? VerdictResult.Refused : VerdictResult.Again;
        return new(result, $"it answered code {said.Code}: {OneLine(said.Words)}");
    }

    /// <summary>Null when the body is not what these services answer: then the status alone counts.</summary>
    private static (int Code, string Words)? Read(ReadOnlyMemory<byte> body, string codeName, string wordsName)
    {
        try
        {
            using var json = JsonDocument.Parse(SoundJson.Mend(body));
            var answer = json.RootElement;
            if (answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty(codeName, out var code))
                return null;
            if (code.ValueKind != JsonValueKind.Number || !code.TryGetInt32(out int number))
                return null;
            bool hasWords = answer.TryGetProperty(wordsName, out var words) && words.ValueKind == JsonValueKind.String;
            return (number, hasWords ? words.GetString()! : "no message");
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string OneLine(string words)
    {
        var line = new StringBuilder();
        int left = WordsMax;
        foreach (Rune rune in words.EnumerateRunes())
        {
            if (left-- == 0)
                break;
            line.Append(Rune.IsControl(rune) ? " " : rune.ToString());
        }
        return line.ToString();
    }
}
