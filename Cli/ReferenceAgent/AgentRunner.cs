using Microsoft.Extensions.Logging;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Workers.Local;

namespace Qschedd.Cli.ReferenceAgent;

/// <summary>Runs admitted tasks: starts the command, sends heartbeats while it runs, and reports its end until the daemon has it.</summary>
internal sealed class AgentRunner(AgentOptions options, AgentTasks tasks, AgentDaemon daemon, ILogger log, TimeProvider time) : IDisposable
{
    private readonly LocalProcesses _processes = new(options.Slots, []);
    private readonly CancellationTokenSource _giveUp = new();

    public AgentAnswer Run(AgentRequest request)
    {
        (AgentTask? task, AgentAnswer? answer) = tasks.Admit(request);
        return task is null ? answer! : Start(task);
    }

    public AgentAnswer Kill(string taskId)
    {
        AgentAnswer answer = tasks.Kill(taskId, out LocalProcess? process);
        process?.Kill("killed on request", options.KillGrace, time);
        return answer;
    }

    /// <summary>Waits for what runs, kills what is left after the bound, and waits for the last reports, within theirs.</summary>
    public async Task StopAsync()
    {
        tasks.StopTaking();
        if (!await ComesWithin(tasks.AllEnded, options.DrainFor))
        {
            foreach (LocalProcess process in tasks.KillAll("killed: the agent stopped"))
            {
                process.Kill("killed: the agent stopped", options.KillGrace, time);
            }
            await tasks.AllEnded;
        }
        if (!await ComesWithin(tasks.AllReported, options.ReportWhileStopping))
        {
            await _giveUp.CancelAsync();
            await tasks.AllReported;
        }
    }

    public void Dispose()
    {
        _processes.Dispose();
        _giveUp.Dispose();
    }

    private AgentAnswer Start(AgentTask task)
    {
        if (_processes.TryStart(task.Request.ToRun(task.Command), out LocalProcess? process, out RunOutcome? refusal))
        {
            AgentLog.Started(log, task.Request.TaskId, task.Request.Job, process.Id);
            if (tasks.NoteStarted(task, process) is { } reason)
            {
                process.Kill(reason, options.KillGrace, time);
            }
            _ = GuardAsync(SeeThroughAsync(task, process), task);
            return AgentAnswer.Accepted;
        }
        AgentLog.NotStarted(log, task.Request.TaskId, task.Request.Job, refusal.Message);
        if (tasks.NoteEnded(task, refusal, answered: true))
        {
            _ = GuardAsync(ReportAsync(task, refusal), task);
        }
        return new AgentAnswer(200, TaskState.Failed, refusal.Message);
    }

    /// <summary>Nobody waits for a task's own loop, so what it throws is recorded at its edge.</summary>
    private async Task GuardAsync(Task loop, AgentTask task)
    {
        try
        {
            await loop;
        }
        catch (Exception error)
        {
            AgentLog.Fault(log, error, task.Request.TaskId);
        }
    }

    private async Task SeeThroughAsync(AgentTask task, LocalProcess process)
    {
        await BeatAsync(task, process.Ended);
        RunOutcome outcome = await process.Ended;
        AgentLog.Ended(log, task.Request.TaskId, task.Request.Job, outcome.Message ?? "exit status 0");
        tasks.NoteEnded(task, outcome, answered: false);
        await ReportAsync(task, outcome);
    }

    private async Task BeatAsync(AgentTask task, Task ended)
    {
        while (!await ComesWithin(ended, options.Heartbeat))
        {
            string? fault = await daemon.ReportAsync(task.Request, TaskState.Started, null, null, _giveUp.Token);
            if (fault is not null)
            {
                AgentLog.HeartbeatLost(log, task.Request.TaskId, fault);
            }
        }
    }

    private async Task ReportAsync(AgentTask task, RunOutcome outcome)
    {
        TaskState state = outcome.Result == RunResult.Finished ? TaskState.Finished : TaskState.Failed;
        long startedAt = time.GetTimestamp();
        TimeSpan pause = options.ReportPause;
        while (await daemon.ReportAsync(task.Request, state, outcome.Message, outcome.Output, _giveUp.Token) is { } fault)
        {
            if (_giveUp.IsCancellationRequested || time.GetElapsedTime(startedAt) > options.ReportFor)
            {
                AgentLog.ReportGivenUp(log, task.Request.TaskId, task.Request.Callback, fault);
                break;
            }
            AgentLog.ReportFailed(log, task.Request.TaskId, task.Request.Callback, fault, pause);
            await Task.Delay(pause, time, _giveUp.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, options.ReportPauseMax.Ticks));
        }
        tasks.NoteReported();
    }

    /// <summary>Whether it ends, in whatever way, before the span is over.</summary>
    private async Task<bool> ComesWithin(Task task, TimeSpan span)
    {
        using var enough = new CancellationTokenSource();
        Task first = await Task.WhenAny(task, Task.Delay(span, time, enough.Token));
        await enough.CancelAsync();
        return first == task;
    }
}
