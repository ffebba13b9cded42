using Qschedd.Engine.Ports;
using Qschedd.Workers;

namespace Qschedd.Tests.Workers;

/// <summary>What the tests of the native link share: the contract, section 3, one test or more to each row of its table.</summary>
public abstract class NativeLinkFixture : IDisposable
{
    private protected static readonly TimeSpan Short = TimeSpan.FromMilliseconds(150);
    private protected readonly NativeLink _link = new(new NativeLimits());

    public void Dispose()
    {
        _link.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected Task<RunOutcome> RunAsync(string worker, TimeSpan? answerTimeout = null) =>
        _link.RunAsync(Samples.Request(worker, answerTimeout), static _ => Assert.Fail("started is for local jobs"), CancellationToken.None);

    /// <summary>The worker reads the request, sends these bytes and then nothing more.</summary>
    private protected async Task<RunOutcome> RunAgainstAsync(string answer, TimeSpan? answerTimeout = null)
    {
        var received = new TaskCompletionSource();
        await using RawWorker worker = RawWorker.With(async connection =>
        {
            await connection.ReadRequestAsync();
            received.SetResult();
            await connection.SendUtf8Async(answer);
            await connection.HangAsync();
        });
        RunOutcome outcome = await RunAsync(worker.Address, answerTimeout);
        await received.Task;
        Assert.Single(worker.Requests);
        return outcome;
    }
}
