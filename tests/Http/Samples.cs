using System.Collections.Immutable;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Http;

/// <summary>The apps, jobs and tasks that the HTTP tests show. Two of the jobs are those of the interface's own description.</summary>
internal static class Samples
{
    public const string DemoToken = "a1b2c3d4";
    public const string CarToken = "令牌-car/+=";
    public const string AdminToken = "admin-0123456789";
    public const string WrongToken = "opens-nothing";
    public const string TaskId = "140727.123745.192.168.236.130.26859.2531970";
    public const string CarTaskId = "150212.093000.192.168.236.130.26859.7";
    public const string Job1 = "qschedule.demo.job1";
    public const string CarJob = "car.coupon.sendOutdateMsg";

    public static readonly App Demo = MakeApp("qschedule.demo", 163, "qschedule_demo", DemoToken);
    /// <summary>Has the token of <see cref="Demo"/>: a token may belong to several apps.</summary>
    public static readonly App Sister = MakeApp("qschedule.sister", 164, null, DemoToken) with { Protocol = WorkerProtocol.XxlJob };
    public static readonly App Car = MakeApp("m_car_coupon_dis_entity", 233, null, CarToken);
    public static readonly ImmutableArray<App> Apps = [Demo, Sister, Car];

    public static readonly ServerSettings Server = new()
    {
        Listen = ["http://127.0.0.1:0"],
        Database = "/nowhere/qschedd.db",
        TimeZone = "Asia/Shanghai",
        AdminToken = new Secret(AdminToken),
        Advertise = "http://127.0.0.1:8080/",
        MisfireThreshold = TimeSpan.FromMinutes(1),
        WorkerTtl = TimeSpan.FromSeconds(90),
        AnswerTimeout = TimeSpan.FromSeconds(30),
        LostAfter = TimeSpan.FromDays(1),
        History = new HistorySettings(TimeSpan.FromDays(30), 1000),
    };

    public static readonly ImmutableArray<JobView> Jobs =
    [
        new(Everything(), new JobStatus
        {
            Enabled = true, CreatedMs = 1402545900000, UpdatedMs = 1402545950000, LastState = TaskState.Finished,
            LastRunMs = 1402545989000, LastUpdateMs = 1402545999500, NextRunMs = 1402632389000,
        }),
        new(CronList(), new JobStatus { Enabled = false, CreatedMs = 1402545900001, UpdatedMs = 1402545900001 }),
        new(MakeJob(Sister, "sister.by-hand"), new JobStatus { Enabled = true, CreatedMs = 1402545900002, UpdatedMs = 1402545900002 }),
        new(MakeJob(Demo, "报表.每日\"汇总\".do") with { Desc = "生僻字𠮷、全角　空格与\u0001控制符", Type = JobType.Local, Workers = [] },
            new JobStatus { Enabled = true, CreatedMs = 1402545900003, UpdatedMs = 1402545900003 }),
        new(CarCoupon("car.coupon.sendOutdateMsg", "0 30 9 * * ?", "发送即将过期短信"), Running(1423704600000, 1423791000000)),
        new(CarCoupon("car.coupon.execOutdate", "0 0 1 * * ?", ""), Running(1423674000000, 1423760400000)),
    ];

    public static readonly ImmutableArray<DriftView> Drift =
    [
        new(Jobs[0].Job, "state", "true", "false", "app qschedule.demo from 10.0.0.1", 1402545989000),
        new(Jobs[0].Job, "workers.192.168.1.2:20010", "online", "offline", "admin from 10.0.0.1", 1402545989001),
        new(Jobs[4].Job, "state", "false", "true", "admin from 10.0.0.1", 1402545989002),
    ];

    public static readonly ImmutableArray<TaskRow> Tasks =
    [
        new()
        {
            Seq = 2531970, Id = TaskId, JobId = 1, Job = Job1, App = "qschedule.demo", TriggerKey = 42, ShardIndex = 1, ShardTotal = 3,
            ScheduledMs = 1406435865000, FireMs = 1406435865004, StartedMs = 1406435865100, EndedMs = 1406435866000, UpdatedMs = 1406435866000,
            State = TaskState.Failed, Attempt = 3, Worker = "192.168.1.1:20010", Parameter = "{\"city\":\"北京\"}", Message = "库存不足", Output = "line 1\nline 2\n",
        },
        new()
        {
            Seq = 2531971, Id = "140727.123746.192.168.236.130.26859.2531971", JobId = 1, Job = Job1, App = "qschedule.demo", TriggerKey = -2531971,
            ScheduledMs = 1406435866000, FireMs = 1406435866000, UpdatedMs = 1406435866000, State = TaskState.Starting,
        },
        new()
        {
            Seq = 7, Id = CarTaskId, JobId = 5, Job = CarJob, App = "m_car_coupon_dis_entity", TriggerKey = 1,
            ScheduledMs = 1423704600000, FireMs = 1423704600000, UpdatedMs = 1423704600000, State = TaskState.Started,
        },
    ];

    public static readonly ImmutableArray<AttemptRow> Attempts =
    [
        new(2531970, 1, TaskState.NoWorker, null, null, 1406435865010, "没有可用的机器"),
        new(2531970, 2, TaskState.Unknown, "192.168.1.2:20010", 1406435865020, 1406435865090, null),
    ];

    public static readonly ImmutableArray<AuditEntry> Audit =
    [
        new(9, new(1402545960003, "reload", "refuse", "", "jobs.yaml:3:5: error: unknown key 'corn' (and 2 more)")),
        new(8, new(1402545960002, "reload", "reload", "", "1 added, 0 removed, 2 changed, 5 as before")),
        new(7, new(1402545960001, "app qschedule.demo from 10.0.0.9", "kill", Job1, TaskId)),
        new(6, new(1402545960000, "admin from a local socket", "off", Job1, "")),
    ];

    public static Job MakeJob(App app, string name) => new()
    {
        App = app,
        Name = name,
        Triggers = [],
        Type = JobType.Remote,
        Recover = RecoverPolicy.Discard,
        LoadBalance = LoadBalance.Random,
        Overlap = OverlapPolicy.Skip,
        Timeout = TimeSpan.Zero,
        KillAfter = TimeSpan.Zero,
        Retry = RetryPolicy.None,
        ConsecutiveFailTimesAlertThreshold = 1,
        State = true,
        Workers = app.Workers,
        DefinitionHash = 1,
    };

    public static App MakeApp(string name, int id, string? code, string token) => new()
    {
        Name = name,
        Id = id,
        Code = code,
        Token = new Secret(token),
        Workers = [new("192.168.1.1:20010", "192.168.1.1:20010"), new("192.168.1.2:20010", "l-demo2.dev.cn6.qunar.com")],
        WorkerPath = "/qschedule/run",
        Protocol = WorkerProtocol.Qschedule,
    };

    private static Job Everything() => MakeJob(Demo, Job1) with
    {
        Desc = "演示\t\"作业\"",
        Triggers = [new Trigger(1, "29 6 4 * * ?", "Asia/Shanghai", null)],
        Parameter = "{\"city\":\"北京\"}",
        Recover = RecoverPolicy.Retry,
        LoadBalance = LoadBalance.ConsistentHash,
        Timeout = TimeSpan.FromMinutes(30),
        ConsecutiveFailTimesAlertThreshold = 3,
    };

    private static Job CronList() => MakeJob(Demo, "qschedule.demo.job2") with
    {
        HasCronList = true,
        Triggers =
        [
            new Trigger(1, "0 0 1 * * ?", "Asia/Shanghai", "{\"city\":\"上海\"}"),
            new Trigger(2, "0 0 2 * * ?", "Asia/Shanghai", null),
        ],
        LoadBalance = LoadBalance.RoundRobin,
    };

    private static Job CarCoupon(string name, string cron, string desc) => MakeJob(Car, name) with
    {
        Desc = desc,
        Triggers = [new Trigger(1, cron, "Asia/Shanghai", null)],
        Recover = RecoverPolicy.Retry,
        Workers = [new Worker("192.168.236.182:20010", "l-payserver23.pay.dev.cn6.qunar.com")],
    };

    private static JobStatus Running(long lastRunMs, long nextRunMs) => new()
    {
        Enabled = true,
        CreatedMs = 1402545900004,
        UpdatedMs = 1402545900005,
        LastState = TaskState.Started,
        LastRunMs = lastRunMs,
        LastUpdateMs = 1423730849000,
        NextRunMs = nextRunMs,
        Running = 1,
    };
}
