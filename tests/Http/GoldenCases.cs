using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Http;

/// <summary>One request and the answer that its golden file holds. The token goes where the generation wants it.</summary>
/// <param name="Name">Of the golden file.</param>
/// <param name="Method">GET or POST.</param>
/// <param name="Path">Below <c>/api/</c>, query included, token left out.</param>
/// <param name="Body">A JSON object without a token, or null.</param>
internal sealed record GoldenCase(string Name, string Method, string Path, string? Body)
{
    public string Token { get; init; } = Samples.DemoToken;
    public Action<FakeScheduler> Arrange { get; init; } = _ => { };
    public bool Dev { get; init; }
}

/// <summary>Every answer in the contract's tables (sections 1 and 2), by endpoint.</summary>
internal static class GoldenCases
{
    private const string Jobs12 = """{"jobs":["qschedule.demo.job1","qschedule.demo.job2"]}""";
    private const string Start = """{"job":"qschedule.demo.job1","param":{}}""";
    private const string Workers =
        """{"jobName":"qschedule.demo.job1","workers":"{\"192.168.1.1:20010\":true,\"192.168.1.2:20010\":false}"}""";
    private const string Report = $$"""{"taskId":"{{Samples.TaskId}}","state":300,"message":"好","output":"out"}""";
    private const string Kill = $$"""{"taskId":"{{Samples.TaskId}}"}""";
    private const string Register =
        """{"address":"10.0.0.9:20010","hostname":"l-demo9.dev.cn6.qunar.com","app":"qschedule.demo","jobs":["qschedule.demo.job1"]}""";
    private const string Unregister = """{"address":"10.0.0.9:20010","app":"qschedule.demo"}""";

    public static readonly IReadOnlyList<GoldenCase> All =
    [
        Post("jobs.on.done", "jobs/on.do", Jobs12),
        Post("jobs.on.bad-parameters", "jobs/on.do", """{"jobs":[]}"""),
        Post("jobs.on.unauthorized", "jobs/on.do", Jobs12) with { Token = Samples.WrongToken },
        Post("jobs.on.failed", "jobs/on.do", """{"jobs":["qschedule.demo.job1","no.such.job"]}"""),
        Post("jobs.on.unavailable", "jobs/on.do", Jobs12) with { Arrange = Result(CommandResult.Unavailable) },
        Post("jobs.on.fault", "jobs/on.do", Jobs12) with { Arrange = Fault },

        Post("jobs.off.done", "jobs/off.do", Jobs12),
        Post("jobs.off.bad-parameters", "jobs/off.do", """{"jobs":["a",1]}"""),
        Post("jobs.off.unauthorized", "jobs/off.do", Jobs12) with { Token = Samples.WrongToken },
        Post("jobs.off.failed", "jobs/off.do", """{"jobs":["qschedule.demo.job1","no.such.job"]}"""),
        Post("jobs.off.fault", "jobs/off.do", Jobs12) with { Arrange = Fault },

        Get("jobs.name.data", "jobs/qschedule.demo.job1.do"),
        Get("jobs.name.data-cron-list", "jobs/qschedule.demo.job2.do"),
        Get("jobs.name.data-by-hand", "jobs/sister.by-hand.do"),
        Get("jobs.name.data-odd-name", "jobs/%E6%8A%A5%E8%A1%A8.%E6%AF%8F%E6%97%A5%22%E6%B1%87%E6%80%BB%22.do.do"),
        Get("jobs.name.data-dev", "jobs/qschedule.demo.job1_dev.do") with { Dev = true },
        Get("jobs.name.bad-parameters", "jobs/a%2fb.do"),
        Get("jobs.name.unauthorized", "jobs/qschedule.demo.job1.do") with { Token = Samples.WrongToken },
        Get("jobs.name.unknown", "jobs/no.such.job.do"),
        Get("jobs.name.fault", "jobs/qschedule.demo.job1.do") with { Arrange = Fault },

        Get("jobs.why.data", "jobs/qschedule.demo.job1/why.do"),
        Get("jobs.why.data-off", "jobs/qschedule.demo.job2_dev/why.do") with { Dev = true, Arrange = s => s.Trouble = "the disk is full" },
        Get("jobs.why.bad-parameters", "jobs/a%2fb/why.do"),
        Get("jobs.why.unauthorized", "jobs/qschedule.demo.job1/why.do") with { Token = Samples.WrongToken },
        Get("jobs.why.unknown", "jobs/no.such.job/why.do"),
        Get("jobs.why.fault", "jobs/qschedule.demo.job1/why.do") with { Arrange = Fault },

        Get("audit.data", "audit.do") with { Token = Samples.AdminToken },
        Get("audit.data-dev", "audit.do?job=qschedule.demo.job1_dev&after=9&limit=1") with { Token = Samples.AdminToken, Dev = true },
        Get("audit.nothing", "audit.do?after=6") with { Token = Samples.AdminToken },
        Get("audit.bad-parameters", "audit.do?after=x") with { Token = Samples.AdminToken },
        Get("audit.unauthorized", "audit.do"),
        Get("audit.fault", "audit.do") with { Token = Samples.AdminToken, Arrange = Fault },

        Post("tasks.start.done", "tasks.do", Start),
        Post("tasks.start.bad-parameters", "tasks.do", """{"job":"qschedule.demo.job1","param":[]}"""),
        Post("tasks.start.unauthorized", "tasks.do", Start) with { Token = Samples.WrongToken },
        Post("tasks.start.refused", "tasks.do", Start) with { Arrange = s => s.Started = new(CommandResult.Refused, Samples.TaskId) },
        Post("tasks.start.unknown", "tasks.do", """{"job":"no.such.job"}"""),
        Post("tasks.start.unavailable", "tasks.do", Start) with { Arrange = s => s.Started = new(CommandResult.Unavailable, null) },
        Post("tasks.start.fault", "tasks.do", Start) with { Arrange = Fault },

        Post("workers.state.done", "workers/state.do", Workers),
        Post("workers.state.bad-parameters", "workers/state.do", """{"jobName":"qschedule.demo.job1"}"""),
        Post("workers.state.unauthorized", "workers/state.do", Workers) with { Token = Samples.WrongToken },
        Post("workers.state.bad-json", "workers/state.do", """{"jobName":"qschedule.demo.job1","workers":"{'192.168.1.1:20010':true}"}"""),
        Post("workers.state.none-left", "workers/state.do", Workers) with { Arrange = Result(CommandResult.Refused) },
        Post("workers.state.partly", "workers/state.do", Workers) with { Arrange = Result(CommandResult.Partly) },
        Post("workers.state.no-address-known", "workers/state.do", Workers) with { Arrange = Result(CommandResult.NotFound) },
        Post("workers.state.unknown-job", "workers/state.do", """{"jobName":"no.such.job","workers":{"192.168.1.1:20010":true}}"""),
        Post("workers.state.unavailable", "workers/state.do", Workers) with { Arrange = Result(CommandResult.Unavailable) },
        Post("workers.state.fault", "workers/state.do", Workers) with { Arrange = Fault },

        Get("workers.name.data", "workers/qschedule.demo.job1.do"),
        Get("workers.name.data-dev", "workers/qschedule.demo.job1.do") with { Dev = true },
        Get("workers.name.data-none", "workers/%E6%8A%A5%E8%A1%A8.%E6%AF%8F%E6%97%A5%22%E6%B1%87%E6%80%BB%22.do.do"),
        Get("workers.name.bad-parameters", "workers/%zz.do"),
        Get("workers.name.unauthorized", "workers/qschedule.demo.job1.do") with { Token = Samples.WrongToken },
        Get("workers.name.unknown", "workers/no.such.job.do"),
        Get("workers.name.fault", "workers/qschedule.demo.job1.do") with { Arrange = Fault },

        Get("check.data", "check/192.168.236.182.do"),
        Get("check.data-leading-labels", "check/l-payserver23.pay.dev.cn6.do"),
        Get("check.data-dev", "check/l-payserver23.pay.dev.cn6.qunar.com.do") with { Dev = true },
        Get("check.nothing", "check/10.9.8.7.do"),
        Get("check.bad-parameters", "check/999.1.1.1.do"),
        Get("check.fault", "check/192.168.236.182.do") with { Arrange = Fault },

        Get("jobs.list.data", "jobs.do"),
        Get("jobs.list.data-admin", "jobs.do?state=on&q=COUPON&limit=1&after=car.coupon.execOutdate") with { Token = Samples.AdminToken },
        Get("jobs.list.nothing", "jobs.do?app=m_car_coupon_dis_entity"),
        Get("jobs.list.bad-parameters", "jobs.do?limit=0"),
        Get("jobs.list.unauthorized", "jobs.do") with { Token = Samples.WrongToken },
        Get("jobs.list.fault", "jobs.do") with { Arrange = Fault },

        Get("definitions.data", "definitions.do") with { Token = Samples.AdminToken },
        Get("definitions.data-later-page", "definitions.do?after=qschedule.demo.job1&limit=1") with { Token = Samples.AdminToken },
        Get("definitions.bad-parameters", "definitions.do?limit=0") with { Token = Samples.AdminToken },
        Get("definitions.unauthorized", "definitions.do"),
        Get("definitions.fault", "definitions.do") with { Token = Samples.AdminToken, Arrange = Fault },

        Get("drift.data", "drift.do"),
        Get("drift.data-admin-dev", "drift.do") with { Token = Samples.AdminToken, Dev = true },
        Get("drift.nothing", "drift.do") with { Arrange = s => s.Drift.Clear() },
        Get("drift.bad-parameters", "drift.do?a=%zz"),
        Get("drift.unauthorized", "drift.do") with { Token = Samples.WrongToken },
        Get("drift.fault", "drift.do") with { Arrange = Fault },

        Get("tasks.list.data", "tasks.do?job=qschedule.demo.job1"),
        Get("tasks.list.nothing", "tasks.do?job=qschedule.demo.job2"),
        Get("tasks.list.bad-parameters", "tasks.do"),
        Get("tasks.list.unauthorized", "tasks.do?job=qschedule.demo.job1") with { Token = Samples.WrongToken },
        Get("tasks.list.unknown", "tasks.do?job=no.such.job"),
        Get("tasks.list.fault", "tasks.do?job=qschedule.demo.job1") with { Arrange = Fault },

        Get("tasks.id.data", $"tasks/{Samples.TaskId}.do"),
        Get("tasks.id.data-starting", "tasks/140727.123746.192.168.236.130.26859.2531971.do"),
        Get("tasks.id.data-dev", $"tasks/{Samples.TaskId}.do") with { Dev = true },
        Get("tasks.id.bad-parameters", "tasks/no-id.do"),
        Get("tasks.id.unauthorized", $"tasks/{Samples.CarTaskId}.do"),
        Get("tasks.id.unknown", "tasks/140727.123745.192.168.236.130.26859.1.do"),
        Get("tasks.id.fault", $"tasks/{Samples.TaskId}.do") with { Arrange = Fault },

        Get("tasks.log.data", $"tasks/{Samples.TaskId}/log.do?from=1"),
        Get("tasks.log.data-nothing-new", $"tasks/{Samples.TaskId}/log.do?from=7") with { Arrange = s => s.Log = new(new LogPage(7, 6, "", false)) },
        Get("tasks.log.bad-parameters", $"tasks/{Samples.TaskId}/log.do?from=0"),
        Get("tasks.log.unauthorized", $"tasks/{Samples.CarTaskId}/log.do"),
        Get("tasks.log.unknown", "tasks/140727.123745.192.168.236.130.26859.1/log.do"),
        Get("tasks.log.failed", $"tasks/{Samples.TaskId}/log.do") with { Arrange = s => s.Log = new(null, "connection refused") },
        Get("tasks.log.fault", $"tasks/{Samples.TaskId}/log.do") with { Arrange = Fault },

        Post("tasks.state.done", "tasks/state.do", Report),
        Post("tasks.state.bad-parameters", "tasks/state.do", $$"""{"taskId":"{{Samples.TaskId}}","state":400}"""),
        Post("tasks.state.unauthorized", "tasks/state.do", Report) with { Token = Samples.WrongToken },
        Post("tasks.state.unknown", "tasks/state.do", """{"taskId":"140727.123745.192.168.236.130.26859.1","state":300}"""),
        Post("tasks.state.unavailable", "tasks/state.do", Report) with { Arrange = Result(CommandResult.Unavailable) },
        Post("tasks.state.fault", "tasks/state.do", Report) with { Arrange = Fault },

        Post("tasks.kill.done", "tasks/kill.do", Kill),
        Post("tasks.kill.bad-parameters", "tasks/kill.do", """{"taskId":7}"""),
        Post("tasks.kill.unauthorized", "tasks/kill.do", Kill) with { Token = Samples.WrongToken },
        Post("tasks.kill.refused", "tasks/kill.do", Kill) with { Arrange = Result(CommandResult.Refused) },
        Post("tasks.kill.fault", "tasks/kill.do", Kill) with { Arrange = Fault },

        Post("workers.register.done", "workers/register.do", Register),
        Post("workers.register.bad-parameters", "workers/register.do", """{"address":"10.0.0.9","app":"qschedule.demo"}"""),
        Post("workers.register.unauthorized", "workers/register.do", Register) with { Token = Samples.WrongToken },
        Post("workers.register.unknown", "workers/register.do", """{"address":"10.0.0.9:20010","app":"no.such.app"}"""),
        Post("workers.register.too-many", "workers/register.do", Register) with { Arrange = Result(CommandResult.Refused) },
        Post("workers.register.fault", "workers/register.do", Register) with { Arrange = Fault },

        Post("workers.unregister.done", "workers/unregister.do", Unregister),
        Post("workers.unregister.bad-parameters", "workers/unregister.do", """{"address":"10.0.0.9:20010"}"""),
        Post("workers.unregister.unauthorized", "workers/unregister.do", Unregister) with { Token = Samples.WrongToken },
        Post("workers.unregister.unknown", "workers/unregister.do", Unregister) with { Arrange = Result(CommandResult.NotFound) },
        Post("workers.unregister.fault", "workers/unregister.do", Unregister) with { Arrange = Fault },
    ];

    private static GoldenCase Get(string name, string path) => new(name, "GET", path, null);

    private static GoldenCase Post(string name, string path, string body) => new(name, "POST", path, body);

    private static Action<FakeScheduler> Result(CommandResult result) => scheduler => scheduler.Result = result;

    private static void Fault(FakeScheduler scheduler) => scheduler.Fault = new InvalidOperationException("the disk is on fire");
}
