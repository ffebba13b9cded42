using System.Runtime.InteropServices;
using Qschedd.Engine.Ports;

namespace Qschedd.Workers.Local;

/// <summary>
/// A command that was started. Its descriptors belong to the watcher's thread; <see cref="Kill"/> may come from any thread.
/// Invariant: signals go out under <c>_gate</c> and only before the process is waited for, so the group's number is still its own.
/// </summary>
internal sealed class LocalProcess
{
    private const int ReadBytes = 64 * 1024;
    /// <summary>What a process may have left in its pipe: the kernel's bound for unprivileged ones.</summary>
    private const int PipeBytesMax = 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly OutputTail _tail = new();
    private readonly TaskCompletionSource<RunOutcome> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action _wakeWatcher;
    private readonly int _pid;
    private string? _killReason;
    private ITimer? _grace;
    private bool _graceOver;
    private bool _reaped;

    public LocalProcess(int pid, int pidfd, int output, Action wakeWatcher)
    {
        (_pid, PidFd, Output, _wakeWatcher) = (pid, pidfd, output, wakeWatcher);
        // Not waited for yet, so it has its entry, ended or not.
        Id = ProcessId.Of(pid) ?? $"{pid}:0";
    }

    /// <summary><c>pid:start time</c>, for <see cref="ProcessId"/>.</summary>
    public string Id { get; }

    /// <summary>How it ended. Never faults.</summary>
    public Task<RunOutcome> Ended => _ended.Task;

    /// <summary>Readable once the process has ended; -1 from then on. The watcher's.</summary>
    public int PidFd { get; private set; }

    /// <summary>Reading end of the pipe; -1 once nobody has the other end. The watcher's.</summary>
    public int Output { get; private set; }

    /// <summary>
    /// Asks the whole process group to end (SIGTERM), and ends what is left of it when the grace is over (SIGKILL).
    /// False: it has ended by itself. A second call changes nothing.
    /// </summary>
    /// <param name="reason">Begins the message of the outcome.</param>
    /// <param name="grace">From SIGTERM to SIGKILL.</param>
    /// <param name="time">Runs the grace.</param>
    public bool Kill(string reason, TimeSpan grace, TimeProvider time)
    {
        lock (_gate)
        {
            if (_reaped)
            {
                return false;
            }
            if (_killReason is null)
            {
                _killReason = reason;
                _ = Libc.kill(-_pid, Libc.SIGTERM);
                _grace = time.CreateTimer(static self => ((LocalProcess)self!).EndGrace(), this, grace, Timeout.InfiniteTimeSpan);
            }
            return true;
        }
    }

    /// <summary>The watcher saw the process end; it stays a zombie until <see cref="Finish"/>.</summary>
    public void NoteExit()
    {
        Descriptors.Close(PidFd);
        PidFd = -1;
    }

    /// <summary>One read of the pipe. False: there was nothing to read.</summary>
    public unsafe bool ReadOnce(byte[] buffer)
    {
        if (Output < 0)
        {
            return false;
        }
        fixed (byte* start = buffer)
        {
            nint read = Libc.read(Output, start, buffer.Length);
            if (read > 0)
            {
                _tail.Append(buffer.AsSpan(0, (int)read));
                return true;
            }
            if (read == 0 || Marshal.GetLastPInvokeError() is not (Libc.EAGAIN or Libc.EINTR))
            {
                CloseOutput();
            }
            return false;
        }
    }

    /// <summary>
    /// A killed task is over when nothing of its group is left: nobody has the pipe, or the grace is over.
    /// Otherwise the command's end is the task's, whatever it has left running.
    /// </summary>
    public bool IsOver()
    {
        lock (_gate)
        {
            return PidFd < 0 && (_killReason is null || _graceOver || Output < 0);
        }
    }

    /// <summary>Takes the last output and the exit status. What a background child goes on to write finds the pipe closed.</summary>
    public void Finish(byte[] buffer)
    {
        for (int left = PipeBytesMax; left > 0 && ReadOnce(buffer); left -= ReadBytes)
        {
        }
        int? status;
        lock (_gate)
        {
            if (_killReason is not null)
            {
                _ = Libc.kill(-_pid, Libc.SIGKILL);
            }
            status = Reap();
            _reaped = true;
            _grace?.Dispose();
        }
        CloseOutput();
        _ended.SetResult(OutcomeOf(status));
    }

    /// <summary>The watcher stops before the process does: it goes on, and a later daemon finds it by <see cref="Id"/>.</summary>
    public void Abandon()
    {
        lock (_gate)
        {
            _reaped = true;
            _grace?.Dispose();
        }
        Descriptors.Close(PidFd);
        CloseOutput();
        _ended.SetResult(new RunOutcome(RunResult.Unknown, "the daemon stopped while the command ran; it was left running", _tail.Text()));
    }

    public static byte[] NewBuffer() => new byte[ReadBytes];

    private void EndGrace()
    {
        lock (_gate)
        {
            if (_reaped)
            {
                return;
            }
            _graceOver = true;
            _ = Libc.kill(-_pid, Libc.SIGKILL);
        }
        _wakeWatcher();
    }

    private unsafe int? Reap()
    {
        int status;
        int result;
        do
        {
            result = Libc.waitpid(_pid, &status, 0);
        }
        while (result < 0 && Marshal.GetLastPInvokeError() == Libc.EINTR);
        // ECHILD: whoever started the daemon made it ignore SIGCHLD, and the kernel kept no status.
        return result == _pid ? status : null;
    }

    private RunOutcome OutcomeOf(int? status) => (status, _killReason) switch
    {
        (0, null) => new RunOutcome(RunResult.Finished, null, _tail.Text()),
        (null, _) => new RunOutcome(RunResult.Unknown, "the command has ended, but the kernel kept no exit status (SIGCHLD is ignored)", _tail.Text()),
        ({ } code, null) => new RunOutcome(RunResult.Failed, ExitStatus.Words(code), _tail.Text()),
        ({ } code, { } reason) => new RunOutcome(RunResult.Failed, $"{reason}: {ExitStatus.Words(code)}", _tail.Text()),
    };

    private void CloseOutput()
    {
        Descriptors.Close(Output);
        Output = -1;
    }
}
