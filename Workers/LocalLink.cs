using System.Collections.Concurrent;
using Qschedd.Engine.Ports;
using Qschedd.Workers.Local;

namespace Qschedd.Workers;

/// <summary>
/// Runs the commands of local jobs on the daemon's own host, never through a shell. The task's parameter is on standard input and,
/// with its other circumstances, in QSCHEDD_* variables (<see cref="ChildEnvironment"/>). Exit status 0 is success.
/// When <c>stop</c> comes, waiting ends and the command goes on: what becomes of it is a later daemon's to find out.
/// </summary>
internal sealed class LocalLink(LocalProcesses processes, TimeSpan killGrace, TimeProvider time) : IWorkerLink
{
    public static readonly TimeSpan KillGrace = TimeSpan.FromSeconds(10);

    /// <summary>A command that an earlier daemon started has no timer here: the engine asks again every few seconds.</summary>
    private const int OrphanAsksMax = 3;

    private readonly ConcurrentDictionary<string, LocalProcess> _running = new();

    public async Task<RunOutcome> RunAsync(IRunRequest request, Action<string> started, CancellationToken stop)
    {
        if (request.Job.Command is not { } command)
        {
            return new RunOutcome(RunResult.Failed, "the job has no command");
        }
        // Starting a program blocks for a moment; the caller may be the engine's loop.
        await Task.Yield();
        if (!processes.TryStart(LocalRun.Of(request, command), out LocalProcess? process, out RunOutcome? refusal))
        {
            return refusal;
        }
        _running[request.TaskId] = process;
        try
        {
            started(process.Id);
            return await process.Ended.WaitAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return new RunOutcome(RunResult.Unknown, "the daemon stopped while the command ran; it was left running");
        }
        finally
        {
            _running.TryRemove(KeyValuePair.Create(request.TaskId, process));
        }
    }

    /// <summary>True: SIGTERM is out, and SIGKILL follows for what is left after the grace. The end is reported by the run.</summary>
    public Task<KillOutcome> KillAsync(KillRequest request, CancellationToken stop) => Task.FromResult(
        (_running.TryGetValue(request.TaskId, out LocalProcess? process) && process.Kill("killed on request", killGrace, time))
        || (request.Orphan is { } orphan && ProcessId.Signal(orphan, request.Ask < OrphanAsksMax ? Libc.SIGTERM : Libc.SIGKILL))
            ? new KillOutcome(true)
            : new KillOutcome(false, "no command of this task runs here"));
}
