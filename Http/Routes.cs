namespace Qschedd.Http;

/// <summary>
/// Every path that is served. Both generations share the endpoints below <c>/api/</c> and <c>/api2/</c>; executors of XXL-JOB call
/// below one of <see cref="XxlAdmins"/>.
/// </summary>
internal static class Routes
{
    /// <summary>
    /// XXL-JOB's admin lies at <c>/xxl-job-admin</c> or, from 3.4.1 on, at the root. Some executors, the Go one among them, put
    /// <c>/api/</c> behind the address as it is configured: with a slash at its end there are two.
    /// </summary>
    private static readonly string[] XxlAdmins = ["", "/", "/xxl-job-admin", "/xxl-job-admin/"];

    public static Router Build() => new(
        plain: new(XxlPaths())
        {
            ["/healthz"] = Get(Answers.NotReady, HealthEndpoints.LiveAsync),
            ["/readyz"] = Get(Answers.NotReady, HealthEndpoints.ReadyAsync),
            ["/metrics"] = Get(Answers.NotReady, MetricsEndpoint.ShowAsync),
        },
        exact: new()
        {
            ["audit.do"] = GetLong(Answers.QueryFailed, AuditEndpoint.ListAsync),
            ["jobs.do"] = GetLong(Answers.QueryFailed, JobEndpoints.ListAsync),
            ["jobs/on.do"] = Post(Answers.EnableFailed, JobEndpoints.TurnOnAsync),
            ["jobs/off.do"] = Post(Answers.DisableFailed, JobEndpoints.TurnOffAsync),
            ["definitions.do"] = GetLong(Answers.QueryFailed, DefinitionEndpoint.ListAsync),
            ["drift.do"] = GetLong(Answers.QueryFailed, DriftEndpoint.ListAsync),
            ["tasks.do"] = new Route(
                get: new Endpoint(Answers.QueryFailed, TaskEndpoints.ListAsync, IsLong: true),
                post: new Endpoint(Answers.InternalError, TaskEndpoints.StartAsync)),
            ["tasks/state.do"] = Post(Answers.OperationFailed, TaskEndpoints.ReportAsync),
            ["tasks/kill.do"] = Post(Answers.OperationFailed, TaskEndpoints.KillAsync),
            ["workers/state.do"] = Post(Answers.OperationFailed, WorkerEndpoints.SetStateAsync),
            ["workers/register.do"] = Post(Answers.OperationFailed, RegistrationEndpoints.RegisterAsync),
            ["workers/unregister.do"] = Post(Answers.OperationFailed, RegistrationEndpoints.UnregisterAsync),
        },
        named: new()
        {
            ["jobs"] = Get(Answers.QueryFailed, JobEndpoints.ShowAsync),
            ["tasks"] = Get(Answers.QueryFailed, TaskEndpoints.ShowAsync),
            ["workers"] = Get(Answers.QueryFailed, WorkerEndpoints.ShowAsync),
            ["check"] = Get(Answers.QueryFailed, WorkerEndpoints.CheckAsync),
        },
        below: new()
        {
            ["jobs/why.do"] = Get(Answers.QueryFailed, WhyEndpoint.ShowAsync),
            ["tasks/log.do"] = Get(Answers.QueryFailed, TaskEndpoints.LogAsync),
        });

    private static Dictionary<string, Route> XxlPaths()
    {
        var paths = new Dictionary<string, Route>();
        foreach (string admin in XxlAdmins)
        {
            paths[admin + "/api/registry"] = PostXxl(XxlEndpoints.RegisterAsync);
            paths[admin + "/api/registryRemove"] = PostXxl(XxlEndpoints.UnregisterAsync);
            paths[admin + "/api/callback"] = PostXxl(XxlEndpoints.CallBackAsync);
        }

        return paths;
    }

    private static Route Get(Answer failure, Func<Call, ValueTask<Answer>> handle) => new(get: new Endpoint(failure, handle));

    private static Route GetLong(Answer failure, Func<Call, ValueTask<Answer>> handle) => new(get: new Endpoint(failure, handle, IsLong: true));

    private static Route Post(Answer failure, Func<Call, ValueTask<Answer>> handle) => new(post: new Endpoint(failure, handle));

    private static Route PostXxl(Func<Call, ValueTask<Answer>> handle) =>
        new(post: new Endpoint(XxlAnswers.Fault, handle, TakesRawBody: true));
}
