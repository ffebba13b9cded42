using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Qschedd.Engine.Ports;

namespace Qschedd.Workers.Local;

/// <summary>
/// Starts commands and watches them: one thread polls the output and the end of all of them, so that a command that runs for
/// hours costs no thread, and none is asked again and again whether it has ended.
/// </summary>
/// <param name="processesMax">More than these at once are refused as "queue full".</param>
/// <param name="secretNames">Names of environment variables that hold secrets of the configuration.</param>
internal sealed class LocalProcesses(int processesMax, IEnumerable<string> secretNames) : IDisposable
{
    public const int ProcessesMax = 256;

    private const int StackBytes = 256 * 1024;

    private readonly ChildEnvironment _environment = new(secretNames);
    private readonly Lock _gate = new();
    private readonly List<LocalProcess> _incoming = [];
    // Owner: the watcher's thread.
    private readonly List<LocalProcess> _watched = [];
    private Thread? _watcher;
    private int _wakeFd = -1;
    private int _places;
    private bool _disposed;

    /// <summary>Commands that start from now on do not get these variables either.</summary>
    public void Hide(IEnumerable<string> names) => _environment.Hide(names);

    /// <summary>Blocks for as long as the kernel takes to start a program. False: <paramref name="refusal"/> says why not.</summary>
    public bool TryStart(LocalRun run, [NotNullWhen(true)] out LocalProcess? process, [NotNullWhen(false)] out RunOutcome? refusal)
    {
        process = null;
        if (Interlocked.Increment(ref _places) > processesMax)
        {
            Interlocked.Decrement(ref _places);
            refusal = new RunOutcome(RunResult.QueueFull, $"{processesMax} commands run on this host already");
            return false;
        }
        refusal = WhyNot(run) is { } why
            ? new RunOutcome(RunResult.Failed, BoundedText.Message(why))
            : Launch(run, out process);
        if (process is null)
        {
            Interlocked.Decrement(ref _places);
            refusal ??= new RunOutcome(RunResult.Failed, "cannot start");
            return false;
        }
        Watch(process);
        return true;
    }

    /// <summary>Stops watching. Commands that still run are left running.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }
            _disposed = true;
        }
        Wake();
        _watcher?.Join();
        foreach (LocalProcess process in _incoming.Concat(_watched))
        {
            process.Abandon();
        }
        lock (_gate)
        {
            Descriptors.Close(_wakeFd);
            _wakeFd = -1;
        }
    }

    private static string? WhyNot(LocalRun run)
    {
        (var arguments, var env, string? directory) = run.Command;
        if (arguments.IsDefaultOrEmpty || arguments[0].Length == 0)
        {
            return "cannot start: the command is empty";
        }
        if (arguments.Any(HasNul) || env.Any(static entry => HasNul(entry.Key) || HasNul(entry.Value)) || HasNul(run.Job))
        {
            return $"cannot start '{arguments[0].Replace("\0", "\\0")}': its command or environment holds a NUL character";
        }
        return directory is null || Directory.Exists(directory)
            ? null
            : $"cannot start '{arguments[0]}': there is no directory '{directory}'";
    }

    private static bool HasNul(string text) => text.Contains('\0');

    private RunOutcome? Launch(LocalRun run, out LocalProcess? process)
    {
        process = null;
        int input = Descriptors.Input(run.Parameter);
        int output = Descriptors.Output(out int readingEnd, out int writingEnd);
        int pid = input < 0 ? input : output < 0 ? output : Spawn.Start(
            run.Command.Arguments,
            _environment.For(run, Environment.GetEnvironmentVariables()),
            run.Command.WorkingDirectory,
            input,
            writingEnd);
        Descriptors.Close(input);
        Descriptors.Close(writingEnd);
        if (pid < 0)
        {
            Descriptors.Close(readingEnd);
            return new RunOutcome(RunResult.Failed, ExitStatus.CannotStart(run.Command.Arguments[0], -pid));
        }
        int pidfd = Libc.PidfdOpen(pid);
        if (pidfd < 0)
        {
            return GiveUp(pid, readingEnd, Marshal.GetLastPInvokeErrorMessage());
        }
        process = new LocalProcess(pid, pidfd, readingEnd, Wake);
        return null;
    }

    /// <summary>A command that cannot be watched (out of descriptors) is not let run: its end would never be known.</summary>
    private static unsafe RunOutcome GiveUp(int pid, int readingEnd, string why)
    {
        int status;
        _ = Libc.kill(-pid, Libc.SIGKILL);
        _ = Libc.waitpid(pid, &status, 0);
        Descriptors.Close(readingEnd);
        return new RunOutcome(RunResult.Failed, $"started and killed at once, for it could not be watched: {why}");
    }

    private void Watch(LocalProcess process)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                process.Abandon();
                return;
            }
            _incoming.Add(process);
            if (_watcher is null)
            {
                _wakeFd = Libc.eventfd(0, Libc.O_CLOEXEC | Libc.O_NONBLOCK);
                _watcher = new Thread(Loop, StackBytes) { Name = "local commands", IsBackground = true };
                _watcher.Start();
            }
        }
        Wake();
    }

    /// <summary>Under the lock: the descriptor's number may be another file's once it is closed.</summary>
    private unsafe void Wake()
    {
        long one = 1;
        lock (_gate)
        {
            if (_wakeFd >= 0)
            {
                _ = Libc.write(_wakeFd, (byte*)&one, sizeof(long));
            }
        }
    }

    private void Loop()
    {
        byte[] buffer = LocalProcess.NewBuffer();
        var set = new Libc.PollFd[2 * processesMax + 1];
        while (TakeIncoming())
        {
            int watched = _watched.Count;
            Poll(set, watched);
            for (int i = watched - 1; i >= 0; i--)
            {
                Attend(i, set[2 * i + 1], set[2 * i + 2], buffer);
            }
        }
    }

    private bool TakeIncoming()
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _watched.AddRange(_incoming);
                _incoming.Clear();
            }
            return !_disposed;
        }
    }

    /// <summary>Waits until something happens; the kernel skips descriptors of -1.</summary>
    private unsafe void Poll(Libc.PollFd[] set, int watched)
    {
        set[0] = new Libc.PollFd { Fd = _wakeFd, Events = Libc.POLLIN };
        for (int i = 0; i < watched; i++)
        {
            set[2 * i + 1] = new Libc.PollFd { Fd = _watched[i].PidFd, Events = Libc.POLLIN };
            set[2 * i + 2] = new Libc.PollFd { Fd = _watched[i].Output, Events = Libc.POLLIN };
        }
        fixed (Libc.PollFd* first = set)
        {
            while (Libc.poll(first, (nuint)(2 * watched + 1), -1) < 0 && Marshal.GetLastPInvokeError() == Libc.EINTR)
            {
            }
        }
        if (set[0].Revents != 0)
        {
            long count;
            _ = Libc.read(_wakeFd, (byte*)&count, sizeof(long));
        }
    }

    /// <summary>One read a round, so that a command that never stops writing does not hold up the others.</summary>
    private void Attend(int index, Libc.PollFd end, Libc.PollFd output, byte[] buffer)
    {
        LocalProcess process = _watched[index];
        if (output.Revents != 0)
        {
            process.ReadOnce(buffer);
        }
        if (end.Revents != 0)
        {
            process.NoteExit();
        }
        if (process.IsOver())
        {
            _watched[index] = _watched[^1];
            _watched.RemoveAt(_watched.Count - 1);
            Interlocked.Decrement(ref _places);
            process.Finish(buffer);
        }
    }
}
