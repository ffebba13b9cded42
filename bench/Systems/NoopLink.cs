using Qschedd.Bench.Measure;
using Qschedd.Engine.Ports;

namespace Qschedd.Bench.Systems;

/// <summary>A worker that does nothing, at once: the job's body, which notes how late it runs.</summary>
internal sealed class NoopLink(LagMeter meter) : IWorkerLink
{
    private static readonly Task<RunOutcome> Finished = Task.FromResult(new RunOutcome(RunResult.Finished));
    private static readonly Task<KillOutcome> Killed = Task.FromResult(new KillOutcome(true));

    public Task<RunOutcome> RunAsync(IRunRequest request, Action<string> started, CancellationToken stop)
    {
        meter.Record(LagMeter.NowUs - request.ScheduledMs * 1000);
        return Finished;
    }

    public Task<KillOutcome> KillAsync(KillRequest request, CancellationToken stop) => Killed;
}
