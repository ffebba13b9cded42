using Qschedd.Engine.Model;

namespace Qschedd.Tests.Checker;

/// <summary>The checker itself: it has nothing to say of a good run, and names each fault that is put into one.</summary>
public class CheckerTests
{
    [Fact]
    public void Judged_IsEmpty_WhenTheRunIsGood() => Assert.Empty(Judge.Judged(new GoodRun().History));

    [Fact]
    public void Judged_FindsALostFire_WhenItsRowIsMissing() =>
        Finds("lost: job.a", run => run.RemoveTask(run.History.Rows[3].Id));

    [Fact]
    public void Judged_FindsALostLatestFire_WhenAJobThatRetriesDoesNotMakeItUp() =>
        Finds("lost: job.a", run => run.RemoveTask(run.AfterDowntime().Id), isRetry: true);

    [Fact]
    public void Judged_FindsADoubledFire_WhenItHasTwoTasks() =>
        Finds("doubled", run => run.History.Rows.Add(run.History.Rows[3] with { Id = "x.1.900", Seq = 900 }));

    [Fact]
    public void Judged_FindsALostShard_WhenABroadcastIsCutApart() =>
        Finds("lost: task", run => run.Change(3, row => row with { ShardTotal = 2 }));

    [Fact]
    public void Judged_FindsAnInventedFire_WhenItIsNotDue() =>
        Finds("invented", run => run.Change(3, row => row with { ScheduledMs = row.ScheduledMs - 7_000 }));

    [Fact]
    public void Judged_FindsAnInventedFire_WhenItsJobWasOff() =>
        Finds("job was off", run => run.History.Lives[0].ToMs = run.History.Lives[0].SureToMs = run.History.Rows[3].FireMs - 30_000);

    [Fact]
    public void Judged_FindsAnEarlyFire_WhenItIsTakenUpBeforeItIsDue() =>
        Finds("before it was due", run => run.Change(3, row => row with { FireMs = row.ScheduledMs - 1 }));

    [Fact]
    public void Judged_FindsALateFire_WhenNothingHeldItUp() =>
        Finds("late", run => run.Change(3, row => row with { FireMs = row.FireMs + 5_000 }));

    [Fact]
    public void Judged_FindsAFireLongMissed_WhenItIsRunAndRecoverIsDiscard() =>
        Finds("recover is discard", run => run.Change(3, row => row with { ScheduledMs = row.ScheduledMs - 120_000 }));

    [Fact]
    public void Judged_FindsAStuckTask_WhenItNeverEnds() =>
        Finds("stuck", run => run.Change(3, row => row with { State = TaskState.Started, EndedMs = null }));

    [Fact]
    public void Judged_FindsAnUnrecordedSend_WhenTheReceiptHasNoRow() =>
        Finds("unrecorded", run => run.Receive("x.1.900", run.Row(3), "w1:1", run.Row(3).FireMs + 30_000));

    [Fact]
    public void Judged_FindsAnUnrecordedSend_WhenItWasSentFirst() =>
        Finds("before that was on record", run => run.Receive(run.Row(3).Id, run.Row(3), "w1:1", run.Row(3).FireMs, wasOnRecord: false));

    [Fact]
    public void Judged_FindsADoubledSend_WhenTheSameTaskIsWorkedOnAgain() =>
        Finds("twice", run => run.Receive(run.Row(3).Id, run.Row(3), "w2:1", run.Row(3).FireMs + 2_000));

    [Fact]
    public void Judged_FindsAnEarlierAttempt_WhenItComesAfterALaterOne() =>
        Finds("was sent after attempt 2", run =>
        {
            run.Receive(run.Row(3).Id, run.Row(3), "w2:1", run.Row(3).FireMs + 2_000, attempt: 2);
            run.Receive(run.Row(3).Id, run.Row(3), "w2:1", run.Row(3).FireMs + 3_000, attempt: 1);
        }, isRetry: true);

    [Fact]
    public void Judged_FindsASendToAnOfflineWorker_WhenOfflineWasAnswered() =>
        Finds("offline", run => run.History.Words.Add(new WorkerWord("job.a", "w1:1", false, run.Row(3).FireMs - 20, run.Row(3).FireMs - 10)));

    [Fact]
    public void Judged_FindsTwoTasksAtOnce_WhenTheJobRunsAlone() =>
        Finds("beside", run => run.History.Receipts[2].WorkToMs = run.History.Receipts[3].WorkFromMs!.Value + 1);

    [Fact]
    public void Judged_FindsAFalseEnd_WhenNobodyFinishedIt() =>
        Finds("false end", run => run.History.Receipts[3].End = WorkEnd.Failed);

    [Fact]
    public void Judged_FindsAFalseEnd_WhenATaskThatRanIsOnRecordAsNotRun() =>
        Finds("false end", run => run.Change(3, row => row with { State = TaskState.NoWorker }));

    [Fact]
    public void Judged_FindsAHostShownFree_WhenATaskWasOnItsWay() =>
        Finds("free", run => run.History.Looks.Add(new Look(run.History.Receipts[3].BegunMs, "w1", [])));

    [Fact]
    public void Judged_FindsABrokenWord_WhenAStartedTaskIsGone() =>
        Finds("broken word", run => run.History.Starts.Add(new StartAnswer("{}", "x.1.900", run.Row(3).FireMs)));

    [Fact]
    public void Judged_FindsABrokenWord_WhenAReportWasAnsweredBeforeItWasKept() =>
        Finds("broken word", run => run.History.Reports.Add(
            new ReportAnswer(run.Row(3).Id, 1, "w1:1", TaskState.Finished, run.Row(3) with { State = TaskState.Started })));

    private static void Finds(string fault, Action<GoodRun> put, bool isRetry = false)
    {
        var run = new GoodRun(isRetry);
        Assert.Empty(Judge.Judged(run.History));
        put(run);
        Assert.Contains(Judge.Judged(run.History), found => found.Contains(fault, StringComparison.Ordinal));
    }
}
