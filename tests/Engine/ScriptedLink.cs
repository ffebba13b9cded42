using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

/// <summary>A worker side that notes each request and answers as told: at once by <see cref="Answer"/>, or later by hand.</summary>
internal sealed class ScriptedLink : IWorkerLink
{
    private readonly Queue<(IRunRequest Request, TaskCompletionSource<RunOutcome> Outcome, Action<string> Started)> _open = new();

    public Queue<IRunRequest> Requests { get; } = new();
    public Queue<KillRequest> Kills { get; } = new();

    /// <summary>The outcome of a request, or null: it stays open until <see cref="Complete"/>.</summary>
    public Func<IRunRequest, RunOutcome?> Answer { get; set; } = _ => new RunOutcome(RunResult.Finished, "done");

    public Func<KillRequest, KillOutcome> KillAnswer { get; set; } = _ => new KillOutcome(true);

    public int Open => _open.Count;

    public Task<RunOutcome> RunAsync(IRunRequest request, Action<string> started, CancellationToken stop)
    {
        Requests.Enqueue(request);
        if (Answer(request) is { } outcome)
            return Task.FromResult(outcome);
        var source = new TaskCompletionSource<RunOutcome>();
        _open.Enqueue((request, source, started));
        return source.Task;
    }

    public Task<KillOutcome> KillAsync(KillRequest request, CancellationToken stop)
    {
        Kills.Enqueue(request);
        return Task.FromResult(KillAnswer(request));
    }

    /// <summary>Answers the oldest open request.</summary>
    public IRunRequest Complete(RunResult result, string? message = null)
    {
        Assert.True(_open.TryDequeue(out var open), "no request is open");
        open.Outcome.SetResult(new RunOutcome(result, message));
        return open.Request;
    }

    /// <summary>Tells of the process of the oldest open request.</summary>
    public void Start(string process)
    {
        Assert.True(_open.TryPeek(out var open), "no request is open");
        open.Started(process);
    }
}
