using Microsoft.Extensions.Logging;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Engine.Wheel;

namespace Qschedd.Engine;

/// <summary>
/// Which workers say themselves that they are there, and what follows when they fall silent:
/// <list type="number">
/// <item>heard within <c>workerTtl</c>: alive</item>
/// <item>silent for longer: not chosen (one of the YAML: tried last); its tasks may still report</item>
/// <item>silent for twice as long: tasks that it accepted, and that send no heartbeats of their own, are given up</item>
/// <item>silent for seven days: forgotten, and what an operator said of it too</item>
/// </list>
/// An unchanged word is written at most every third of <c>workerTtl</c>. The daemon's own absence is nobody's silence: who was
/// alive when it ended has one <c>workerTtl</c> from the start. Owner: the loop.
/// </summary>
internal sealed class Registrations(
    WorkerTable workers, TaskTable tasks, JobTable jobs, Dispatcher dispatcher, Journal journal, LoopClock clock, Counters counters,
    ILogger logger)
{
    /// <summary>One more is refused, unless one that is lost can make room.</summary>
    public const int PerAppMax = 10_000;

    private static readonly TimeSpan ForgetAfter = TimeSpan.FromDays(7);

    /// <summary>Nobody is forgotten so soon after a start: a clock that was set meanwhile is nobody's silence either.</summary>
    private static readonly TimeSpan GraceAtStart = TimeSpan.FromDays(1);

    private readonly TimerWheel _wheel = new(clock.MonotonicMs);
    private readonly DueList _due = new();

    public long NextDueMs => _wheel.NextDueMs();

    private long TtlMs => (long)workers.Ttl.TotalMilliseconds;

    /// <param name="rows">What the last process left.</param>
    /// <param name="watermarkMs">A sign of life of that process.</param>
    public void Load(IReadOnlyList<RegistrationRow> rows, long? watermarkMs)
    {
        long lastSignMs = watermarkMs ?? 0;
        foreach (var row in rows)
            lastSignMs = Math.Max(lastSignMs, row.LastSeenMs ?? 0);
        foreach (var row in rows)
        {
            // A written time may lag by a third of the ttl.
            bool wasAlive = !row.HasLeft && row.LastSeenMs >= lastSignMs - TtlMs - (TtlMs / 3);
            long heardMs = wasAlive ? clock.MonotonicMs : clock.MonotonicMs - TtlMs - 1;
            long silentMs = Math.Clamp(clock.WallMs - Math.Abs(row.LastSeenMs ?? 0), 0, (long)(ForgetAfter - GraceAtStart).TotalMilliseconds);
            Adopt(new Registration(row, heardMs, clock.MonotonicMs - silentMs));
        }
    }

    /// <summary>False: the app has as many as it may.</summary>
    public bool Register(RegistrationRow given)
    {
        var known = workers.RegistrationOf(given.App, given.Address);
        if (known is null && !HasRoom(given.App))
        {
            counters.RegistrationsRefused++;
            EngineLog.NoRoomToRegister(logger, given.Address, given.App, PerAppMax);
            return false;
        }
        counters.Registrations++;
        var worker = workers.At(given.Address, given.Hostname);
        worker.OnAnswer();
        var row = given with { Address = worker.Address, LastSeenMs = clock.WallMs };
        if (known?.Says(row) == true)
            Repeat(known, row);
        else
            Replace(known, row);
        return true;
    }

    /// <summary>
    /// The worker says goodbye: it is not alive from now on. It stays known, so that an operator's word on it holds, and may still
    /// report tasks that it is ending. False: it was not registered.
    /// </summary>
    public bool Unregister(string app, string address)
    {
        if (workers.RegistrationOf(app, address) is not { } known)
            return false;
        if (!known.Row.HasLeft)
            Replace(known, known.Row with { LastSeenMs = -clock.WallMs });
        return true;
    }

    /// <summary>Looks at those whose silence may mean something by now.</summary>
    public void Advance()
    {
        _wheel.Advance(clock.MonotonicMs, _due);
        List<Registration>? forgotten = null;
        foreach (Registration silent in _due)
            if (!silent.IsQueued && IsToBeForgotten(silent))
                (forgotten ??= []).Add(silent);
        _due.Clear();
        if (forgotten is not null)
            Forget(forgotten);
    }

    private void Repeat(Registration known, RegistrationRow row)
    {
        known.HeardMs = clock.MonotonicMs;
        known.WordMs = clock.MonotonicMs;
        if (known.IsLost)
        {
            known.IsLost = false;
            Await(known, 2 * TtlMs);
            EngineLog.Registered(logger, row.Address, row.Hostname, row.App);
        }
        if (clock.MonotonicMs - known.SavedMs < TtlMs / 3)
            return;
        known.SavedMs = clock.MonotonicMs;
        journal.Add(new RegistrationSave(row));
    }

    private void Replace(Registration? known, RegistrationRow row)
    {
        if (known is not null)
            _wheel.Cancel(known);
        Adopt(new Registration(row, clock.MonotonicMs, clock.MonotonicMs));
        journal.Add(new RegistrationSave(row));
        if (row.HasLeft)
            EngineLog.Unregistered(logger, row.Address, row.App);
        else
            EngineLog.Registered(logger, row.Address, row.Hostname, row.App);
    }

    private void Adopt(Registration registration)
    {
        workers.Set(registration);
        Await(registration, registration.HeardMs + (2 * TtlMs) - clock.MonotonicMs);
    }

    private void Await(Registration registration, long afterMs)
    {
        _wheel.Cancel(registration);
        _wheel.Insert(registration, Math.Max(clock.MonotonicMs + afterMs, _wheel.NowMs + 1));
    }

    /// <summary>Else it is awaited further, or its tasks are given up now.</summary>
    private bool IsToBeForgotten(Registration registration)
    {
        if (workers.RegistrationOf(registration.Row.App, registration.Row.Address) != registration)
            return false; // two rows of one address, in two spellings: the later one counts
        long leftMs = registration.HeardMs + (2 * TtlMs) - clock.MonotonicMs;
        if (leftMs > 0)
        {
            Await(registration, leftMs);
            return false;
        }
        if (!registration.IsLost)
            Lose(registration);
        leftMs = registration.WordMs + (long)ForgetAfter.TotalMilliseconds - clock.MonotonicMs;
        if (leftMs > 0)
            Await(registration, leftMs);
        return leftMs <= 0;
    }

    private void Lose(Registration registration)
    {
        registration.IsLost = true;
        double silentSeconds = (clock.MonotonicMs - registration.HeardMs) / 1000.0;
        string message = $"its worker has not registered for {silentSeconds:0} s: lost with it, or its report was";
        int count = 0;
        foreach (var task in tasks.On(workers.At(registration.Row.Address)))
        {
            // A task with heartbeats of its own is given up by those; one that is being sent, by the answer that is awaited.
            if (task.Job.Job.App.Name != registration.Row.App || task.State != TaskState.Started || task.Heartbeat)
                continue;
            dispatcher.OnAttemptFailed(task, TaskState.Unknown, message);
            count++;
        }
        if (!registration.Row.HasLeft || count > 0)
            EngineLog.WorkerLost(logger, registration.Row.Address, registration.Row.App, silentSeconds, count);
    }

    private bool HasRoom(string app)
    {
        var all = workers.RegistrationsOf(app);
        if (all.Count < PerAppMax)
            return true;
        var lost = all.Values.Where(r => r.IsLost).MinBy(r => r.HeardMs);
        if (lost is null)
            return false;
        Forget([lost]);
        return true;
    }

    private void Forget(IReadOnlyList<Registration> registrations)
    {
        foreach (var registration in registrations)
        {
            _wheel.Cancel(registration);
            workers.Remove(registration);
            journal.Add(new RegistrationSave(registration.Row with { LastSeenMs = null }));
            EngineLog.Forgotten(logger, registration.Row.Address, registration.Row.App);
        }
        foreach (var job in jobs.Published.Jobs.Values)
            if (workers.HasOverrides(job.Id))
                ForgetWords(job, registrations);
        foreach (var worker in workers.Prune())
            tasks.Forget(worker);
    }

    /// <summary>What was said of a worker that is gone; else each name that ever was would stay for good.</summary>
    private void ForgetWords(JobState job, IReadOnlyList<Registration> registrations)
    {
        foreach (var registration in registrations)
        {
            string address = registration.Row.Address;
            if (job.Job.App.Name != registration.Row.App || workers.OverrideOf(job.Id, address) is null
                || job.Job.Workers.Any(w => w.Address.Equals(address, StringComparison.OrdinalIgnoreCase)))
                continue;
            workers.SetOverride(job.Id, address, null);
            journal.Add(new WorkerOverrideSave(new WorkerOverrideRow(job.Id, address, null, "qschedd", clock.WallMs)));
        }
    }
}
