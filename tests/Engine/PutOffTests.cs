using Microsoft.Extensions.Logging;
using Qschedd.Engine.Model;
using static Qschedd.Tests.Engine.WorldMoves;

namespace Qschedd.Tests.Engine;

/// <summary>An attempt that is reported to have failed before its request has begun.</summary>
public class PutOffTests
{
    private readonly Queue<IThreadPoolWorkItem> _held = new();

    [Fact]
    public void Request_DoesNotBegin_OnceItsAttemptIsPutOff()
    {
        var atLine = new AtRetryLine(BeginAll);
        var world = new EngineWorld().Start(
            new EngineSettings { Offload = _held.Enqueue, Logger = atLine },
            Samples.Job(cron: "1 0 0 1 1 ?") with { Retry = new RetryPolicy(2, TimeSpan.FromSeconds(5), 1, TimeSpan.FromSeconds(5)) });
        world.Run(1);
        Assert.Single(_held);

        Report(world, 1, TaskState.Failed);

        Assert.Equal(1, atLine.Seen);
        Assert.Empty(world.Link.Requests);
        world.Run(6);
        BeginAll();
        Assert.Equal(2, Assert.Single(world.Link.Requests).Attempt);
    }

    private void BeginAll()
    {
        while (_held.TryDequeue(out var work))
            work.Execute();
    }

    /// <summary>The line about the next attempt is written while the attempt still stands under its worker.</summary>
    private sealed class AtRetryLine(Action then) : ILogger
    {
        public int Seen { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Name != "Retrying")
                return;
            Seen++;
            then();
        }
    }
}
