using Qschedd.Engine.Wheel;

namespace Qschedd.Engine;

/// <summary>The deadlines of running tasks, by monotonic time: a step of the wall clock does not touch them.</summary>
internal sealed class Deadlines(LoopClock clock, LoopGuard guard)
{
    private readonly TimerWheel _wheel = new(0);
    private readonly DueList _due = new();

    public long NextDueMs => _wheel.NextDueMs();

    /// <summary>Starts or moves a task's timer.</summary>
    public void Set(TaskRun task, TimerKind kind, TimeSpan after)
    {
        var timer = TimerOf(task, kind) ?? Attach(task, new TaskTimer(task, kind));
        _wheel.Cancel(timer);
        long dueMs = clock.MonotonicMs + Math.Max(1, (long)after.TotalMilliseconds);
        _wheel.Insert(timer, Math.Max(dueMs, _wheel.NowMs + 1));
    }

    public void Cancel(TaskRun task, TimerKind kind)
    {
        if (TimerOf(task, kind) is { } timer)
            _wheel.Cancel(timer);
    }

    public void CancelAll(TaskRun task)
    {
        if (!task.MayHaveTimers)
            return;
        foreach (var timer in (ReadOnlySpan<TaskTimer?>)[task.LostTimer, task.TimeoutTimer, task.KillTimer, task.RetryTimer])
            if (timer is not null)
                _wheel.Cancel(timer);
    }

    /// <summary>Calls <paramref name="expired"/> once for each deadline that has passed.</summary>
    public void Advance(Action<TaskTimer> expired)
    {
        _wheel.Advance(clock.MonotonicMs, _due);
        foreach (var item in _due)
            if (!item.IsQueued && !((TaskTimer)item).Task.HasEnded)
                guard.Run(() => expired((TaskTimer)item), $"a deadline of task {((TaskTimer)item).Task.Id}");
        _due.Clear();
    }

    private static TaskTimer? TimerOf(TaskRun task, TimerKind kind) => kind switch
    {
        TimerKind.Lost => task.LostTimer,
        TimerKind.Timeout => task.TimeoutTimer,
        TimerKind.Kill => task.KillTimer,
        _ => task.RetryTimer,
    };

    private static TaskTimer Attach(TaskRun task, TaskTimer timer) => timer.Kind switch
    {
        TimerKind.Lost => task.LostTimer = timer,
        TimerKind.Timeout => task.TimeoutTimer = timer,
        TimerKind.Kill => task.KillTimer = timer,
        _ => task.RetryTimer = timer,
    };
}
