using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

public class HandoverBatchTests
{
    private const int Many = 100;

    private readonly Queue<IThreadPoolWorkItem> _held = new();

    [Fact]
    public void TasksOfOneStep_GoToThePoolTogether_InTheirOrder()
    {
        var world = Due(Many);
        Assert.Equal(2, _held.Count);
        Assert.Empty(world.Link.Requests);
        BeginAll();
        Assert.Equal(world.Store.Tasks.Values.Select(task => task.Id), world.Link.Requests.Select(request => request.TaskId));
        world.Settle();
        Assert.Equal(Many, world.Store.Tasks.Count);
        Assert.All(world.Store.Tasks.Values, task => Assert.Equal(TaskState.Finished, task.State));
        Assert.Equal(0, world.Core.Dispatcher.Sends);
    }

    [Fact]
    public void FewTasks_GoOneByOne()
    {
        Due(3);
        Assert.Equal(3, _held.Count);
    }

    [Theory]
    [InlineData(2, 1, 1)]
    [InlineData(2, 3, 3)]
    [InlineData(2, 4, 2)]
    [InlineData(2, 5, 2)]
    [InlineData(2, 199, 2)]
    [InlineData(2, 200, 2)]
    [InlineData(4, 7, 7)]
    [InlineData(4, 8, 4)]
    [InlineData(4, 200, 4)]
    [InlineData(1, 200, 2)] // a hundred at most
    public void Tasks_GoInAsManyPartsAsThereAreProcessors_WhenThereAreEnough(int processors, int tasks, int parts)
    {
        var jobs = Enumerable.Range(1, tasks).Select(Job).ToArray();
        var settings = new EngineSettings { Offload = _held.Enqueue, SendsPerWorkerMax = tasks, BeginsApart = processors };
        var world = new EngineWorld().Start(settings, jobs);
        world.Run(1);
        Assert.Equal(parts, _held.Count);
        BeginAll();
        Assert.Equal(tasks, world.Link.Requests.Count);
    }

    [Fact]
    public void LocalCommands_GoOneByOne()
    {
        var world = Start([.. Enumerable.Range(1, Many).Select(i => Job(i) with { Type = JobType.Local })]);
        world.Run(1);
        Assert.Equal(Many, _held.Count);
        BeginAll();
        Assert.Equal(Many, world.Local.Requests.Count);
    }

    [Fact]
    public void RequestThatThrows_LeavesTheOthersOfItsBatch()
    {
        var world = Due(Many, beforehand: w => w.Link.Answer = request =>
            request.TaskSeq % 10 == 5 ? throw new InvalidOperationException("broken") : new RunOutcome(RunResult.Finished));
        BeginAll();
        world.Settle();
        Assert.All(world.Store.Tasks.Values, task => Assert.Equal(task.Seq % 10 == 5 ? TaskState.Unknown : TaskState.Finished, task.State));
    }

    [Fact]
    public void RequestsThatGoOn_EndBesideThoseThatAreOverAtOnce()
    {
        var world = Due(Many, beforehand: w => w.Link.Answer = request => request.TaskSeq % 2 == 0 ? null : new RunOutcome(RunResult.Finished));
        BeginAll();
        world.Settle();
        Assert.Equal((Many / 2, Many / 2), (world.Link.Open, world.Core.Dispatcher.Sends));
        while (world.Link.Open > 0)
            world.Link.Complete(RunResult.Failed);
        world.Settle();
        Assert.All(world.Store.Tasks.Values, task => Assert.Equal(task.Seq % 2 == 0 ? TaskState.Failed : TaskState.Finished, task.State));
        Assert.Equal(0, world.Core.Dispatcher.Sends);
    }

    [Fact]
    public void FaultAtOneEnd_LeavesTheOthersOfItsBatch()
    {
        var world = Due(Many);
        var ended = world.Core.Life.Ended!;
        world.Core.Life.Ended = task =>
        {
            ended(task);
            if (task.Seq == 7)
                throw new InvalidOperationException("broken");
        };
        BeginAll();
        world.Settle();
        Assert.All(world.Store.Tasks.Values, task => Assert.Equal(TaskState.Finished, task.State));
        Assert.Equal(1, world.Core.Counters.Faults);
        Assert.Equal(0, world.Core.Dispatcher.Sends);
    }

    [Fact]
    public void WorkerTakenOfflineMeanwhile_GetsNothingOfABatch()
    {
        var world = Due(Many);
        var answer = new TaskCompletionSource<CommandResult>();
        world.Core.Commands.SetWorkers("demo.job50", [new(Samples.TwoWorkers[0].Address, false)], "test", answer);
        world.Settle();
        Assert.Equal(CommandResult.Done, EngineWorld.Answer(answer.Task));
        BeginAll();
        world.Settle();
        BeginAll(); // at its other worker
        world.Settle();
        Assert.All(world.Store.Tasks.Values, task =>
            Assert.Equal((TaskState.Finished, Samples.TwoWorkers[task.Job == "demo.job50" ? 1 : 0].Address), (task.State, task.Worker)));
        Assert.Equal(Many, world.Link.Requests.Count);
    }

    /// <summary>So many jobs are due at once, and what they ask of the pool is held.</summary>
    private EngineWorld Due(int jobs, Action<EngineWorld>? beforehand = null)
    {
        var world = Start([.. Enumerable.Range(1, jobs).Select(Job)]);
        beforehand?.Invoke(world);
        world.Run(1);
        return world;
    }

    private EngineWorld Start(Job[] jobs) =>
        new EngineWorld().Start(new EngineSettings { Offload = _held.Enqueue, SendsPerWorkerMax = Many }, jobs);

    private static Job Job(int number) => Samples.Job($"demo.job{number}", cron: "1 0 0 1 1 ?");

    private void BeginAll()
    {
        while (_held.TryDequeue(out var work))
            work.Execute();
    }
}
