using Qschedd.Bench.Measure;
using Qschedd.Bench.Systems;

namespace Qschedd.Bench.Rows;

/// <summary>What is asked, of whom, over how many connections, and what came out.</summary>
internal sealed record ApiCase(int Port, string Path, int Connections, string? Body = null)
{
    public Samples Samples { get; } = new();

    /// <param name="load">Opens the connections, lets them begin, counts, and closes them.</param>
    /// <param name="repetitions">Half a second each.</param>
    public Task<Samples> AskAsync(WarmChild load, int repetitions) => load.MeasureAsync(
    [
        "load", "--port", $"{Port}", "--path", Path, "--connections", $"{Connections}", "--repetitions", $"{repetitions}", "--lead", "100",
        .. Body is null ? Array.Empty<string>() : ["--body", Body],
    ]);
}

/// <summary>All that the API row compares, by the ports of bare Kestrel, a daemon with few jobs, one with many, and the worker.</summary>
internal sealed class ApiCases(int constant, int few, int many, int worker)
{
    private const string CheckPath = "/api/check/127.0.0.1.do";
    private const string JobPath = "/api/jobs/bench.job1.do?token=" + JobFiles.Token;
    private const string TasksPath = "/api/tasks.do";
    private const string TriggerBody = $$"""{"job":"bench.job1","token":"{{JobFiles.Token}}"}""";
    private const string HeldBody = $$"""{"job":"{{JobFiles.HeldName}}","token":"{{JobFiles.Token}}"}""";

    public ApiCase Constant { get; } = new(constant, "/", 64);
    public ApiCase Job { get; } = new(few, JobPath, 64);
    public ApiCase Check { get; } = new(few, CheckPath, 64);
    public ApiCase CheckOfMany { get; } = new(many, CheckPath, 64);
    public ApiCase Trigger { get; } = new(few, TasksPath, 64, TriggerBody);
    /// <summary>The same at a worker that is busy: the tasks wait, but for the first.</summary>
    public ApiCase TriggerHeld { get; } = new(few, TasksPath, 64, HeldBody);

    public ApiCase ConstantAlone { get; } = new(constant, "/", 1);
    public ApiCase JobAlone { get; } = new(few, JobPath, 1);
    public ApiCase CheckAlone { get; } = new(few, CheckPath, 1);
    public ApiCase TriggerAlone { get; } = new(few, TasksPath, 1, TriggerBody);

    /// <summary>No line tells of it: it takes what is triggered, and must be warm for that.</summary>
    public ApiCase Worker { get; } = new(worker, WorkerHost.RunPath, 64, """{"scheduledTime":0}""");

    public IReadOnlyList<ApiCase> Rates => [Constant, Job, Check, CheckOfMany, TriggerHeld, Trigger];

    public IReadOnlyList<ApiCase> Measured => [.. Rates, ConstantAlone, JobAlone, CheckAlone, TriggerAlone];

    /// <summary>What the JIT compiles: the worker, the load as it gets and as it posts, bare Kestrel. The daemon is compiled.</summary>
    public IReadOnlyList<ApiCase> Warming => [Worker, Constant, Trigger];
}
