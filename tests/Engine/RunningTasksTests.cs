using Qschedd.Engine;

namespace Qschedd.Tests.Engine;

public sealed class RunningTasksTests
{
    [Fact]
    public void RunningTasks_AreAList_InOrderOfAge()
    {
        var random = new Random(5);
        var job = new JobState(Samples.Job(), 1);
        var expected = new List<long>();
        for (int step = 1; step < 5_000; step++)
        {
            if (random.Next(5) < (expected.Count < 4 ? 3 : 2))
            {
                expected.Add(step);
                job.Running.Add(step);
            }
            else if (expected.Count > 0)
            {
                long ended = expected[random.Next(expected.Count)];
                expected.Remove(ended);
                job.Running.Remove(ended);
            }
            job.Running.Remove(step + 10_000);
            Assert.Equal(expected, Enumerable.Range(0, job.Running.Count).Select(i => job.Running[i]));
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => new JobState(Samples.Job(), 2).Running[0]);
    }

    [Fact]
    public async Task Status_IsOfOneInstant_WhileItIsPublished()
    {
        var job = new JobState(Samples.Job(), 1);
        job.Publish();
        using var stop = new CancellationTokenSource();
        var publishing = Task.Run(() =>
        {
            for (int turn = 1; !stop.IsCancellationRequested; turn++)
            {
                (job.CreatedMs, job.UpdatedMs, job.FailuresInRow, job.LastRunMs) = (turn, turn, turn, turn);
                job.Publish();
            }
        });
        int torn = 0, changes = 0;
        long last = 0;
        for (int i = 0; i < 300_000 || changes < 100; i++)
        {
            var status = job.Status;
            changes += status.CreatedMs == last ? 0 : 1;
            last = status.CreatedMs;
            torn += status.CreatedMs == status.UpdatedMs && status.FailuresInRow == status.CreatedMs
                && (status.LastRunMs ?? 0) == status.CreatedMs ? 0 : 1;
        }
        await stop.CancelAsync();
        await publishing;
        Assert.Equal(0, torn);
    }
}
