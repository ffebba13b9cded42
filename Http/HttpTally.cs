using Qschedd.Engine.Figures;

namespace Qschedd.Http;

/// <summary>
/// Counts answers. What Kestrel refuses before a request is one (408, 414, 431, a connection too many) does not come here.
/// Any thread.
/// </summary>
internal sealed class HttpTally
{
    private static readonly string[] Reasons =
        ["badParameters", "badToken", "bodyTooLarge", "busy", "fault", "unknownMethod", "unknownPath"];

    private readonly long[] _refused = new long[Reasons.Length];
    private long _answers;

    public void OnAnswer(Answer answer)
    {
        Interlocked.Increment(ref _answers);
        if (ReasonOf(answer) is { } reason)
            Count(reason);
    }

    public void OnFault() => Count("fault");

    public void Write(MetricsText text, long bodyBytes)
    {
        text.Counter("qschedd_http_requests_total", "Requests that were answered.", Volatile.Read(ref _answers));
        text.Head("qschedd_http_requests_refused_total", "Requests that were answered with a refusal, by its reason.", "counter");
        for (int i = 0; i < Reasons.Length; i++)
            text.Sample("qschedd_http_requests_refused_total", "reason", Reasons[i], Volatile.Read(ref _refused[i]));
        text.Gauge("qschedd_http_body_bytes", "Memory that large bodies under way hold.", bodyBytes);
        text.Gauge("qschedd_http_body_bytes_max", "What they may hold together; past it they are refused as busy.", HttpLimits.BodyBudgetBytes);
    }

    /// <summary>The refusals are made once and shared, so each is known by itself.</summary>
    private static string? ReasonOf(Answer answer) =>
        answer == Answers.BadParameters || answer == XxlAnswers.IllegalArgument ? "badParameters"
        : answer == Answers.Unauthorized || answer == Answers.WrongToken || answer == XxlAnswers.Unauthorized || answer == XxlAnswers.WrongToken ? "badToken"
        : answer == Answers.BodyTooLarge ? "bodyTooLarge"
        : answer == Answers.Busy ? "busy"
        : answer == Answers.NoSuchPath ? "unknownPath"
        : answer.Status == 405 ? "unknownMethod"
        : null;

    private void Count(string reason) => Interlocked.Increment(ref _refused[Array.IndexOf(Reasons, reason)]);
}
