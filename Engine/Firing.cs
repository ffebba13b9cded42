using System.Globalization;
using Microsoft.Extensions.Logging;
using Qschedd.Engine.Cron;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Engine.Wheel;

namespace Qschedd.Engine;

/// <summary>
/// From time to fires:
/// <list type="number">
/// <item>each trigger of an enabled job stands in the wheel at its next scheduled time</item>
/// <item>when that comes, the job is fired for it and the next time is computed from the scheduled time, never from now</item>
/// <item>late by up to the misfire threshold it is still fired, for each time; later, <c>recover</c> decides</item>
/// <item>when all that is due is handled, the watermark follows, in the journal behind the fires themselves</item>
/// </list>
/// Owner: the loop.
/// </summary>
internal sealed class Firing(
    JobTable jobs, Journal journal, Admission admission, Dispatcher dispatcher, EngineOptions options, LoopClock clock, Counters counters,
    Alerting alerting, ILogger logger)
{
    private const long DayMs = 86_400_000;

    /// <summary>Less is a clock that is led, not set.</summary>
    private const long StepMs = 1_000;

    /// <summary>More discarded fires of one trigger than this are not counted one by one.</summary>
    private const int CountMax = 1_000;

    /// <summary>A burst that fills the journal for a moment is no trouble.</summary>
    public const long StalledAfterMs = 2_000;

    private readonly TimerWheel _wheel = new(clock.WallMs);
    private readonly DueList _due = new();
    private int _handled;
    private long? _heldUpSinceMs;
    private volatile string? _stall;
    private bool _firedSinceWatermark;
    private long _wallAheadMs = clock.WallMs - clock.MonotonicMs;

    /// <summary>Fires due at or before this instant are on record or handed to the journal.</summary>
    public long WatermarkMs { get; private set; }

    /// <summary>No fire is taken up any more.</summary>
    public bool IsClosed { get; set; }

    /// <summary>When there is something to do; now, when due fires wait for the next step.</summary>
    public long NextDueMs => IsClosed ? long.MaxValue : HasDue ? clock.WallMs : _wheel.NextDueMs();

    /// <summary>True: due fires wait until the journal has room, and fewer tasks wait to be sent. Owner: the loop, between steps.</summary>
    public bool IsHeldUp => HasDue && !HasRoom;

    private bool HasDue => _handled < _due.Count;

    private bool HasRoom => !journal.IsFull && !dispatcher.IsFull;

    /// <summary>The next due fire needs no place in a queue: it waited for too long, and is counted and told as missed.</summary>
    private bool IsGivenUp => !journal.IsFull && _due[_handled] is TriggerState trigger
        && (IsOver(trigger) || (trigger.Job.Recover == RecoverPolicy.Discard && IsTooLate(trigger.NextMs)));

    /// <summary>It was turned off, or scheduled anew, since it came out of the wheel.</summary>
    private static bool IsOver(TriggerState trigger) => trigger.NextMs == CronSchedule.Never || trigger.IsQueued;

    /// <summary>
    /// What due fires have waited for, for more than <see cref="StalledAfterMs"/>, in an operator's words: no burst, but trouble. Any
    /// thread may read.
    /// </summary>
    public string? Stall => _stall;

    /// <param name="watermarkMs">What the last process left, or now.</param>
    public void Start(long watermarkMs)
    {
        WatermarkMs = watermarkMs;
        foreach (var job in jobs.Published.Jobs.Values)
            if (job.Enabled)
                Schedule(job);
    }

    /// <summary>Puts the job's triggers into the wheel, from where its fires are not handled yet.</summary>
    public void Schedule(JobState job)
    {
        long afterMs = Math.Max(WatermarkMs, job.EffectiveFromMs);
        foreach (var trigger in job.Triggers)
            ScheduleAfter(trigger, Math.Max(afterMs, trigger.HandledMs));
        jobs.OnShown(job);
    }

    /// <summary>Another catalog: what is gone or defined anew leaves the wheel, what is on goes in from now.</summary>
    public void Apply(CatalogChange change)
    {
        // A burst half taken up is finished first, as far as there is room: new triggers count from the watermark, which stands before it.
        if (HasDue)
            TakeUp(int.MaxValue);
        foreach (var job in change.Removed)
            Unschedule(job);
        foreach (var (job, _) in change.Changed)
            Unschedule(job);
        jobs.Apply(change);
        foreach (var (job, _) in change.Added)
            ScheduleIfOn(job);
        foreach (var (job, _) in change.Changed)
            ScheduleIfOn(job);
    }

    private void ScheduleIfOn(JobState job)
    {
        if (job.Enabled)
            Schedule(job);
    }

    public void Unschedule(JobState job)
    {
        foreach (var trigger in job.Triggers)
        {
            _wheel.Cancel(trigger);
            trigger.NextMs = CronSchedule.Never;
        }
        jobs.OnShown(job);
    }

    /// <summary>Fires what is due, so much of it as one step may. Stops early while there is no room: those fires are late then, not lost.</summary>
    public void Advance()
    {
        if (IsClosed)
            return;
        if (clock.WallMs < _wheel.NowMs)
            OnClockBack();
        NoteClock();
        if (!HasDue)
            _wheel.Advance(clock.WallMs, _due);
        TakeUp(options.FiresPerStepMax);
    }

    private void TakeUp(int firesMax)
    {
        for (int left = firesMax; left > 0 && HasDue && (HasRoom || IsGivenUp); left--)
            HandleGuarded((TriggerState)_due[_handled++]);
        NoteHeldUp();
        if (HasDue)
            return;
        _due.Clear();
        _handled = 0;
        KeepWatermark(_wheel.NowMs);
    }

    private void NoteHeldUp()
    {
        _heldUpSinceMs = IsHeldUp ? _heldUpSinceMs ?? clock.MonotonicMs : null;
        bool isLong = clock.MonotonicMs - _heldUpSinceMs > StalledAfterMs;
        string? stall = !isLong ? null
            : journal.IsFull ? "fires wait for the store"
            : $"fires wait: {dispatcher.Waiting} tasks wait to be sent";
        if (stall is not null && _stall is null)
            EngineLog.FiresWait(logger, stall);
        if (stall is null && _stall is not null)
            EngineLog.FiresGoOn(logger);
        _stall = stall;
    }

    /// <summary>A fault in one trigger's handling costs that fire, not the trigger's later ones nor anybody else's.</summary>
    private void HandleGuarded(TriggerState trigger)
    {
        try
        {
            Handle(trigger);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            counters.Faults++;
            counters.Skips.Note(trigger.Job, SkipReason.Fault, $"a defect of qschedd's own: {fault.Message}", clock.WallMs);
            EngineLog.LoopFault(logger, fault, $"a fire of {trigger.Job.Job.Name}");
            ScheduleAfter(trigger, clock.WallMs);
        }
    }

    private void Handle(TriggerState trigger)
    {
        long scheduledMs = trigger.NextMs;
        if (IsOver(trigger))
            return;
        long handledMs = IsTooLate(scheduledMs) ? Misfire(trigger, scheduledMs, TooLateMs) : FireOnTime(trigger, scheduledMs);
        _firedSinceWatermark = true;
        trigger.HandledMs = handledMs;
        ScheduleAfter(trigger, handledMs);
        jobs.OnShown(trigger.Job);
    }

    /// <summary>The latest instant whose fire would be late by more than the misfire threshold.</summary>
    private long TooLateMs => clock.WallMs - jobs.Published.Catalog.Server.MisfireThresholdMs - 1;

    private bool IsTooLate(long scheduledMs) => scheduledMs <= TooLateMs;

    private long FireOnTime(TriggerState trigger, long scheduledMs)
    {
        counters.Fires++;
        counters.FireLag.Observe(Math.Max(0, clock.WallMs - scheduledMs)); // less than 0: the clock was set back meanwhile
        alerting.OnFireInTime(trigger.Job);
        admission.Admit(FireOf(trigger, scheduledMs));
        return scheduledMs;
    }

    /// <summary>All fires up to an instant were missed: the latest is run, or none, as <c>recover</c> says; the rest are counted.</summary>
    private long Misfire(TriggerState trigger, long scheduledMs, long untilMs)
    {
        var job = trigger.Job;
        long latestMs = trigger.Schedule.LatestInMs(scheduledMs - 1, untilMs);
        var (count, more) = trigger.Schedule.CountIn(scheduledMs - 1, untilMs, CountMax);
        bool retry = job.Job.Recover == RecoverPolicy.Retry;
        int discarded = retry ? count - 1 : count;
        job.MisfiresDiscarded += discarded;
        counters.MisfiresDiscarded += discarded;
        if (discarded > 0)
            counters.Skips.Note(job, SkipReason.Misfire, MisfireText(latestMs, retry), clock.WallMs, discarded);
        jobs.OnKept(job);
        EngineLog.Misfired(
            logger, job.Job.Name, count.ToString(CultureInfo.InvariantCulture) + (more ? " or more" : ""), latestMs,
            retry ? "retry" : "discard", retry ? "one task runs now for the latest" : "none of them runs");
        alerting.OnMisfire(job, count, more, latestMs, isMadeUp: retry);
        if (retry)
        {
            counters.MisfiresRetried++;
            admission.Admit(FireOf(trigger, latestMs));
        }
        return untilMs;
    }

    private string MisfireText(long latestMs, bool retry) => string.Create(
        CultureInfo.InvariantCulture,
        $"missed by more than the misfire threshold, the latest by {(clock.WallMs - latestMs) / 1000} s; {(retry ? "one task runs for the latest" : "recover is discard")}");

    private static Fire FireOf(TriggerState trigger, long scheduledMs) =>
        new(trigger.Job, trigger.Key, scheduledMs, trigger.Param ?? trigger.Job.Parameter);

    private void ScheduleAfter(TriggerState trigger, long afterMs)
    {
        _wheel.Cancel(trigger);
        trigger.NextMs = trigger.Schedule.NextAfterMs(afterMs);
        if (trigger.NextMs != CronSchedule.Never && !_wheel.Insert(trigger, trigger.NextMs))
            _due.Add(trigger);
    }

    /// <summary>The two clocks run apart when one is set: forward by the rules of missed fires.</summary>
    private void NoteClock()
    {
        long aheadMs = clock.WallMs - clock.MonotonicMs;
        long stepMs = aheadMs - _wallAheadMs;
        _wallAheadMs = aheadMs;
        if (stepMs < StepMs)
            return;
        counters.ClockStepsForward++;
        EngineLog.ClockWentForward(logger, stepMs / 1000.0);
    }

    private void KeepWatermark(long upToMs)
    {
        if (!_firedSinceWatermark)
            return;
        _firedSinceWatermark = false;
        WatermarkMs = upToMs;
        journal.AddUnhurried(new WatermarkSave(upToMs));
    }

    /// <summary>
    /// The clock was stepped back. What was due is handled already, so jobs wait until it has caught up; but a clock that was
    /// ahead by more than a day was wrong, and nobody wants to wait for it.
    /// </summary>
    private void OnClockBack()
    {
        long stepMs = _wheel.NowMs - clock.WallMs;
        counters.ClockSteps++;
        _wheel.Rebase(clock.WallMs);
        if (stepMs < DayMs)
        {
            EngineLog.ClockWentBack(logger, stepMs / 1000.0);
            return;
        }
        EngineLog.ClockWasWrong(logger, stepMs / 1000.0);
        WatermarkMs = clock.WallMs;
        journal.Add(new WatermarkSave(WatermarkMs, forced: true));
        foreach (var job in jobs.Published.Jobs.Values)
        {
            if (job.EffectiveFromMs > clock.WallMs)
            {
                job.EffectiveFromMs = clock.WallMs;
                jobs.OnKept(job); // the next process must not take what it missed for what came before the job's time
            }
            foreach (var trigger in job.Triggers)
                trigger.HandledMs = long.MinValue;
            if (job.Enabled)
                Schedule(job);
        }
    }
}
