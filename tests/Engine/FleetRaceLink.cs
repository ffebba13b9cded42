using System.Collections.Concurrent;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

/// <summary>One request as the worker's side sees it: under way from the call until just before its outcome is told.</summary>
internal sealed class RacedRequest(IRunRequest request)
{
    private int _ended;

    public IRunRequest Request { get; } = request;
    public string Host { get; } = Worker.HostOf(request.Worker);
    public TaskCompletionSource<RunOutcome> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    public RunResult Result { get; set; }
    public bool IsUnderWay => Volatile.Read(ref _ended) == 0;

    /// <summary>False: it had ended.</summary>
    public bool TryEnd() => Interlocked.Exchange(ref _ended, 1) == 0;
}

/// <summary>
/// Workers that answer whatever they like, at once or from other threads, and hold the engine to its word: no request begins
/// for a job and a worker of which "offline" was answered.
/// </summary>
internal sealed class FleetRaceLink(int seed) : IWorkerLink, IDisposable
{
    private readonly ConcurrentDictionary<(string Job, string Worker), bool> _offline = new();
    private readonly ConcurrentDictionary<RacedRequest, bool> _underWay = new();
    private readonly BlockingCollection<RacedRequest> _later = [];
    private readonly ConcurrentQueue<RacedRequest> _delivered = new();
    private readonly Random _random = new(seed);
    private int _count;
    private int _deliveredCount;

    public ConcurrentQueue<string> Violations { get; } = new();

    /// <summary>Requests that a worker took, in whatever way.</summary>
    public IEnumerable<RacedRequest> Delivered => _delivered;

    public IEnumerable<RacedRequest> UnderWay => _underWay.Select(r => r.Key);

    public int CountDelivered => Volatile.Read(ref _deliveredCount);

    public int CountUnderWay => Volatile.Read(ref _count);

    /// <summary>Says what became of an accepted task; set once the engine is there.</summary>
    public Func<TaskReport, ValueTask<CommandResult>> Report { get; set; } = _ => new(CommandResult.Done);

    public void NoteWord(string job, string worker, bool online) => _offline[(job, worker)] = !online;

    public Task<RunOutcome> RunAsync(IRunRequest request, Action<string> started, CancellationToken stop)
    {
        var raced = new RacedRequest(request);
        int draw;
        lock (_random)
            draw = _random.Next(100);
        // What the sender does before the first byte takes a while too, and the request begins when that is over.
        if (draw % 7 == 0)
            Thread.SpinWait(20_000);
        _underWay[raced] = true;
        Interlocked.Increment(ref _count);
        if (_offline.GetValueOrDefault((request.Job.Name, request.Worker)))
            Violations.Enqueue($"task {request.TaskId} of {request.Job.Name} began on {request.Worker}, which was answered to be offline");
        raced.Result = draw switch
        {
            < 50 => RunResult.Finished,
            < 70 => RunResult.Accepted,
            < 80 => RunResult.Failed,
            < 88 => RunResult.QueueFull,
            < 96 => RunResult.NotDelivered,
            _ => RunResult.Unknown,
        };
        if (raced.Result is RunResult.Finished or RunResult.Accepted or RunResult.Failed)
        {
            _delivered.Enqueue(raced);
            Interlocked.Increment(ref _deliveredCount);
        }
        if (draw % 2 == 0)
            Answer(raced);
        else
            _later.Add(raced, CancellationToken.None);
        return raced.Outcome.Task;
    }

    public Task<KillOutcome> KillAsync(KillRequest request, CancellationToken stop) => Task.FromResult(new KillOutcome(true));

    /// <summary>Answers what was put off, and ends what was accepted, until there is no more.</summary>
    public void Work()
    {
        foreach (var raced in _later.GetConsumingEnumerable())
        {
            Thread.SpinWait(200);
            if (raced.Outcome.Task.IsCompleted)
                EndAccepted(raced);
            else
                Answer(raced);
        }
    }

    public void Close() => _later.CompleteAdding();

    public void Dispose() => _later.Dispose();

    private void Answer(RacedRequest raced)
    {
        if (raced.Result == RunResult.Accepted)
        {
            raced.Outcome.SetResult(new RunOutcome(RunResult.Accepted));
            if (!_later.IsAddingCompleted)
                _later.Add(raced);
            return;
        }
        End(raced);
        raced.Outcome.SetResult(new RunOutcome(raced.Result, "raced"));
    }

    private void EndAccepted(RacedRequest raced)
    {
        End(raced);
        _ = Report(new TaskReport(raced.Request.TaskId, TaskState.Finished, null, null, raced.Request.Attempt));
    }

    /// <summary>Before the engine can know of it: what it shows afterwards may be that the host is free.</summary>
    private void End(RacedRequest raced)
    {
        if (!raced.TryEnd())
            return;
        _underWay.TryRemove(raced, out _);
        Interlocked.Decrement(ref _count);
    }
}
