namespace Qschedd.Tests.Alerts;

/// <summary>A clock moved by hand. A test waits until somebody sleeps on it, then lets the time pass.</summary>
internal sealed class ManualTime : TimeProvider
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly List<Timer> _timers = [];
    private readonly List<(TimeSpan Due, TaskCompletionSource Seen)> _watchers = [];
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Assert.Equal(Timeout.InfiniteTimeSpan, period);
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Completes when somebody sleeps for so long.</summary>
    public Task Sleeper(TimeSpan due)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_timers.Exists(t => t.Due == due))
                return Task.CompletedTask;
            _watchers.Add((due, seen));
        }
        return seen.Task.WaitAsync(Patience);
    }

    public void Advance(TimeSpan span)
    {
        List<Timer> due;
        lock (_gate)
        {
            _ticks += span.Ticks;
            due = _timers.FindAll(t => t.AtTicks <= _ticks);
            _timers.RemoveAll(due.Contains);
        }
        due.ForEach(t => t.Fire());
    }

    /// <summary>Waits until somebody sleeps for so long, then lets it pass.</summary>
    public async Task PassAsync(TimeSpan due)
    {
        await Sleeper(due);
        Advance(due);
    }

    private void Start(Timer timer, TimeSpan due)
    {
        lock (_gate)
        {
            _timers.Remove(timer);
            if (due == Timeout.InfiniteTimeSpan)
                return;
            (timer.Due, timer.AtTicks) = (due, _ticks + due.Ticks);
            _timers.Add(timer);
            foreach (var (_, seen) in _watchers.FindAll(w => w.Due == due))
                seen.TrySetResult();
            _watchers.RemoveAll(w => w.Due == due);
        }
    }

    private sealed class Timer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        public TimeSpan Due { get; set; }
        public long AtTicks { get; set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            time.Start(this, dueTime);
            return true;
        }

        public void Dispose() => time.Start(this, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
