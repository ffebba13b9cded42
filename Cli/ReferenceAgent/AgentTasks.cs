using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Workers.Local;

namespace Qschedd.Cli.ReferenceAgent;

/// <param name="Status">Of HTTP.</param>
/// <param name="State">Of the task, where there is one.</param>
internal sealed record AgentAnswer(int Status, TaskState? State = null, string? Message = null)
{
    public static readonly AgentAnswer Accepted = new(202, TaskState.Started);
}

/// <summary>One attempt of a task on this agent. Owner: <see cref="AgentTasks"/>, under its lock.</summary>
internal sealed class AgentTask(AgentRequest request, LocalCommand command)
{
    public AgentRequest Request { get; } = request;
    public LocalCommand Command { get; } = command;
    public TaskState State { get; set; } = TaskState.Started;
    public string? Message { get; set; }
    public LocalProcess? Process { get; set; }
    /// <summary>Why it is to be killed; it may come before the process is there.</summary>
    public string? KillReason { get; set; }
    /// <summary>A second request was answered "accepted": the end must be reported, even if the first was told of it directly.</summary>
    public bool AskedAgain { get; set; }
}

/// <summary>
/// What the agent knows of tasks, and whether it takes another; it starts nothing itself. Any thread may call.
/// A task id seen before is answered with what became of it and is not run again; only a later attempt of one that failed is a new
/// run, for the daemon asks for that one knowing of the failure. Ended tasks are forgotten oldest first.
/// </summary>
internal sealed class AgentTasks(AgentOptions options, AgentCommands commands)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, AgentTask> _byId = [];
    private readonly Queue<AgentTask> _ended = new();
    private readonly TaskCompletionSource _allEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _allReported = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;
    private int _reporting;
    private bool _stopping;

    /// <summary>Done when the agent stops and no command runs.</summary>
    public Task AllEnded => _allEnded.Task;

    /// <summary>Done when moreover no report waits to be delivered.</summary>
    public Task AllReported => _allReported.Task;

    /// <summary>A task to start, which takes a slot, or the answer that says why there is none.</summary>
    public (AgentTask? Task, AgentAnswer? Answer) Admit(AgentRequest request)
    {
        lock (_gate)
        {
            if ((Recall(request) ?? Refuse(request)) is { } answer)
            {
                return (null, answer);
            }
            var task = new AgentTask(request, commands.ByJob[request.Job]);
            _byId[request.TaskId] = task;
            _running++;
            return (task, null);
        }
    }

    /// <summary>The reason for which it is to be killed at once, if a kill came while it was being started.</summary>
    public string? NoteStarted(AgentTask task, LocalProcess process)
    {
        lock (_gate)
        {
            task.Process = process;
            return task.KillReason;
        }
    }

    /// <summary>Frees the slot. True: the end is to be reported, and <see cref="NoteReported"/> called when that is over.</summary>
    public bool NoteEnded(AgentTask task, RunOutcome outcome, bool answered)
    {
        lock (_gate)
        {
            task.State = outcome.Result == RunResult.Finished ? TaskState.Finished : TaskState.Failed;
            task.Message = outcome.Message;
            task.Process = null;
            _running--;
            bool report = !answered || task.AskedAgain;
            _reporting += report ? 1 : 0;
            Remember(task);
            Settle();
            return report;
        }
    }

    public void NoteReported()
    {
        lock (_gate)
        {
            _reporting--;
            Settle();
        }
    }

    public AgentAnswer Kill(string taskId, out LocalProcess? process)
    {
        process = null;
        lock (_gate)
        {
            if (!_byId.TryGetValue(taskId, out AgentTask? task))
            {
                return new AgentAnswer(404, null, "no such task");
            }
            if (task.State != TaskState.Started)
            {
                return new AgentAnswer(200, task.State, "it has ended already");
            }
            task.KillReason ??= "killed on request";
            process = task.Process;
            return new AgentAnswer(200, TaskState.Started, "it is being ended");
        }
    }

    /// <summary>From now on new tasks are refused.</summary>
    public void StopTaking()
    {
        lock (_gate)
        {
            _stopping = true;
            Settle();
        }
    }

    /// <summary>Marks all that run to be killed; the processes that are there already are the caller's to signal.</summary>
    public IReadOnlyList<LocalProcess> KillAll(string reason)
    {
        lock (_gate)
        {
            var processes = new List<LocalProcess>();
            foreach (AgentTask task in _byId.Values.Where(static task => task.State == TaskState.Started))
            {
                task.KillReason ??= reason;
                if (task.Process is { } process)
                {
                    processes.Add(process);
                }
            }
            return processes;
        }
    }

    private AgentAnswer? Recall(AgentRequest request)
    {
        if (!_byId.TryGetValue(request.TaskId, out AgentTask? task))
        {
            return null;
        }
        switch (task.State)
        {
            case TaskState.Started:
                task.AskedAgain = true;
                return AgentAnswer.Accepted;
            case TaskState.Failed when request.Attempt > task.Request.Attempt:
                return null;
            default:
                return new AgentAnswer(200, task.State, task.Message);
        }
    }

    private AgentAnswer? Refuse(AgentRequest request) => this switch
    {
        _ when !commands.ByJob.ContainsKey(request.Job) => new AgentAnswer(404, null, $"this agent has no command for job '{request.Job}'"),
        { _stopping: true } => new AgentAnswer(503, null, "the agent is stopping"),
        _ when _running >= options.Slots => new AgentAnswer(503, null, $"all {options.Slots} slots are taken"),
        _ when _reporting >= options.ReportsMax => new AgentAnswer(503, null, $"{_reporting} ended tasks wait to be reported"),
        _ => null,
    };

    private void Remember(AgentTask task)
    {
        _ended.Enqueue(task);
        if (_ended.Count > options.TasksRemembered)
        {
            AgentTask oldest = _ended.Dequeue();
            // A later attempt may stand in its place.
            if (_byId.GetValueOrDefault(oldest.Request.TaskId) == oldest)
            {
                _byId.Remove(oldest.Request.TaskId);
            }
        }
    }

    private void Settle()
    {
        if (_stopping && _running == 0)
        {
            _allEnded.TrySetResult();
            if (_reporting == 0)
            {
                _allReported.TrySetResult();
            }
        }
    }
}
