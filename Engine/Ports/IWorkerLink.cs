using Qschedd.Engine.Model;

namespace Qschedd.Engine.Ports;

/// <summary>How a task reaches a worker: native HTTP, a local process, XXL-JOB. Workers' faults are outcomes, never exceptions.</summary>
internal interface IWorkerLink
{
    /// <summary>
    /// Hands one attempt of a task to one worker. Completes with the worker's answer; of a local command, with its end.
    /// <paramref name="started"/> is called once, before completion, when a local process runs, with its <c>pid:start time</c>.
    /// </summary>
    Task<RunOutcome> RunAsync(IRunRequest request, Action<string> started, CancellationToken stop);

    /// <summary>Asks the worker to end a task. True: the worker took the request, or the process was signalled.</summary>
    Task<KillOutcome> KillAsync(KillRequest request, CancellationToken stop);

    /// <summary>Reads a task's log where its worker keeps it. Null: workers of this kind keep none.</summary>
    Task<LogOutcome>? ReadLogAsync(LogRequest request, CancellationToken stop) => null;
}

/// <summary>One attempt of a task, as its worker is to be told of it. Never changes; any thread may read.</summary>
internal interface IRunRequest
{
    string TaskId { get; }
    /// <summary>The last part of the id.</summary>
    long TaskSeq { get; }
    Job Job { get; }
    /// <summary>The number of the job in the store: stable for good.</summary>
    int JobId { get; }
    /// <summary>host:port of the worker; <c>local</c> for a local job.</summary>
    string Worker { get; }
    int Attempt { get; }
    /// <summary>The first attempt at this worker since the last one whose end is known: it tells reports of that one from those of this.</summary>
    int FirstAttempt { get; }
    /// <summary>How the attempt before ended is not known: the worker may have this task already.</summary>
    bool IsResend => FirstAttempt < Attempt;
    long ScheduledMs { get; }
    long FireMs { get; }
    /// <summary>When the task will be killed, if ever.</summary>
    long? DeadlineMs { get; }
    /// <summary>JSON text, or null: none.</summary>
    string? Parameter { get; }
    int ShardIndex { get; }
    int ShardTotal { get; }
    /// <summary>How long a worker may take to answer once it is connected.</summary>
    TimeSpan AnswerTimeout { get; }
    /// <summary>Where the worker reports: an absolute URL of <c>tasks/state.do</c>.</summary>
    string Callback { get; }
}

/// <summary>What came of handing a task to a worker (contract, section 3).</summary>
internal enum RunResult
{
    /// <summary>Done within the request.</summary>
    Finished,
    Failed,
    /// <summary>Taken; reports follow.</summary>
    Accepted,
    /// <summary>Refused for now; another worker may take it.</summary>
    QueueFull,
    /// <summary>Refused, because the worker runs a task of this job: state 400.</summary>
    Ignored,
    /// <summary>Surely not delivered; another worker may take it.</summary>
    NotDelivered,
    /// <summary>Sent, and no answer: it may run.</summary>
    Unknown,
}

/// <param name="Result">What it comes to.</param>
/// <param name="Message">The worker's words, or ours about the fault; at most 4 KiB.</param>
/// <param name="Output">The tail of a local command's output; at most 64 KiB.</param>
internal sealed record RunOutcome(RunResult Result, string? Message = null, string? Output = null);

/// <param name="TaskId">As it was sent.</param>
/// <param name="Job">Its job.</param>
/// <param name="Worker">Who has it.</param>
/// <param name="Ask">Which time it is asked for, from 1.</param>
/// <param name="Orphan">Of a local command that an earlier daemon started: its <c>pid:start time</c>.</param>
/// <param name="JobId">The number of the job in the store.</param>
internal sealed record KillRequest(string TaskId, Job Job, string Worker, int Ask = 1, string? Orphan = null, int JobId = 0);

internal sealed record KillOutcome(bool Taken, string? Message = null);

/// <param name="Job">The job, with its app.</param>
/// <param name="Worker">Address of the worker that the task's last attempt went to.</param>
/// <param name="TaskSeq">The task's number.</param>
/// <param name="FirstAttempt">As in the <see cref="IRunRequest"/> of that attempt.</param>
/// <param name="FireMs">When the fire was taken up.</param>
/// <param name="FromLine">The first line wanted, from 1.</param>
internal sealed record LogRequest(Job Job, string Worker, long TaskSeq, int FirstAttempt, long FireMs, int FromLine);

/// <summary>Lines of a task's log. Nothing new: <see cref="ToLine"/> is the line before the first one wanted.</summary>
internal sealed record LogPage(int FromLine, int ToLine, string Content, bool IsEnd);

/// <param name="Page">Null: it could not be read.</param>
/// <param name="Fault">Why not, in an operator's words.</param>
internal sealed record LogOutcome(LogPage? Page, string? Fault = null);
