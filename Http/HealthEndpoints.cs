namespace Qschedd.Http;

/// <summary><c>/healthz</c> (the process answers) and <c>/readyz</c> (the daemon does its work).</summary>
internal static class HealthEndpoints
{
    public static ValueTask<Answer> LiveAsync(Call call) => new(Answers.Alive);

    public static ValueTask<Answer> ReadyAsync(Call call) =>
        new(call.Api.Trouble is { } trouble ? Answer.Text(503, trouble)
            : call.Api.Notice is { } notice ? Answer.Text(200, $"ready; {notice}")
            : Answers.Ready);
}
