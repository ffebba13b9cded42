using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Storage;

public abstract partial class StoreSuite
{
    [Fact]
    public void Load_BringsJobsBack_AsLastSaved()
    {
        Keep(new JobSave(Rows.Job(2)), new JobSave(Rows.FullJob(1)), new JobSave(Rows.Job(3)));
        Keep(
            new JobSave(Rows.FullJob(3)),
            new JobSave(Rows.Job(3) with { LastRunMs = 5 }),
            new JobSave(Rows.Job(2) with { App = "other" }));

        Assert.Equal(
            [Rows.FullJob(1), Rows.Job(2) with { App = "other" }, Rows.Job(3) with { LastRunMs = 5 }],
            Reload().Jobs);
    }

    [Fact]
    public void SaveOfRuns_LeavesTheRestOfTheJob()
    {
        JobRow ran = Rows.FullJob(1) with
        {
            LastTaskSeq = 100,
            LastState = TaskState.Finished,
            LastRunMs = 6,
            LastUpdateMs = null,
            FailuresInRow = 0,
            MisfiresDiscarded = 1,
        };
        Keep(new JobSave(Rows.FullJob(1)), new JobSave(Rows.FullJob(2)));
        Keep(JobRunSave.Of(ran with { Name = "another", App = "another", EnabledOverride = true, EffectiveFromMs = 0 }));

        Assert.Equal([ran, Rows.FullJob(2)], Reload().Jobs);
    }

    [Fact]
    public void SaveOfRuns_OfAJobWithoutRows_KeepsNothing()
    {
        Keep(new JobSave(Rows.Job(1)), JobRunSave.Of(Rows.FullJob(2)));

        Assert.Equal([Rows.Job(1)], Reload().Jobs); // it opens: no row stands alone
    }
}
