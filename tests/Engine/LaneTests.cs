using Qschedd.Engine;

namespace Qschedd.Tests.Engine;

public sealed class LaneTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Lane_DoesAllInOrder_WhateverComesWhileItWorks()
    {
        const int count = 200_000;
        var lane = new Lane();
        var done = new TaskCompletionSource();
        int next = 0, outOfOrder = 0;
        for (int i = 0; i < count; i++)
        {
            int number = i;
            lane.Add(() =>
            {
                outOfOrder += number == next++ ? 0 : 1;
                if (next == count)
                    done.SetResult();
            });
            if (i % 3 == 0 || i == count - 1)
                lane.Begin();
        }
        await done.Task.WaitAsync(Patience);
        Assert.Equal(0, outOfOrder);
    }

    [Fact]
    public void Lane_DoesNothing_BeforeItIsBegun()
    {
        var lane = new Lane();
        bool isDone = false;
        lane.Add(() => isDone = true);
        Assert.False(isDone);
    }

    [Fact]
    public async Task Lane_BeginsAnew_WhenItWasEmpty()
    {
        var lane = new Lane();
        for (int i = 0; i < 10_000; i++)
        {
            var done = new TaskCompletionSource();
            lane.Add(done.SetResult);
            lane.Begin();
            await done.Task.WaitAsync(Patience);
        }
    }
}
