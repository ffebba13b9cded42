namespace Qschedd.Http;

/// <summary>
/// Every path that is served. Both generations share the endpoints below <c>/api/</c> and <c>/api2/</c>; executors of XXL-JOB call
/// below <c>/xxl-job-admin</c> or, from 3.4.1 on, below nothing.
/// </summary>
internal static class Routes
{
    public static Router Build() => new(
        plain: new()
        {
            ["/healthz"] = Get(Answers.NotReady, HealthEndpoints.LiveAsync),
            ["/readyz"] = Get(Answers.NotReady, HealthEndpoints.ReadyAsync),
            ["/metrics"] = Get(Answers.NotReady, MetricsEndpoint.ShowAsync),
            ["/api/registry"] = PostXxl(XxlEndpoints.RegisterAsync),
            ["/api/registryRemove"] = PostXxl(XxlEndpoints.UnregisterAsync),
            ["/api/callback"] = PostXxl(XxlEndpoints.CallBackAsync),
            ["/xxl-job-admin/api/registry"] = PostXxl(XxlEndpoints.RegisterAsync),
            ["/xxl-job-admin/api/registryRemove"] = PostXxl(XxlEndpoints.UnregisterAsync),
            ["/xxl-job-admin/api/callback"] = PostXxl(XxlEndpoints.CallBackAsync),
        },
        exact: new()
        {
            ["audit.do"] = Get(Answers.QueryFailed, AuditEndpoint.ListAsync),
            ["jobs.do"] = Get(Answers.QueryFailed, JobEndpoints.ListAsync),
            ["jobs/on.do"] = Post(Answers.EnableFailed, JobEndpoints.TurnOnAsync),
            ["jobs/off.do"] = Post(Answers.DisableFailed, JobEndpoints.TurnOffAsync),
            ["definitions.do"] = Get(Answers.QueryFailed, DefinitionEndpoint.ListAsync),
            ["drift.do"] = Get(Answers.QueryFailed, DriftEndpoint.ListAsync),
            ["tasks.do"] = new Route(
                get: new Endpoint(Answers.QueryFailed, TaskEndpoints.ListAsync),
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

    private static Route Get(Answer failure, Func<Call, ValueTask<Answer>> handle) => new(get: new Endpoint(failure, handle));

    private static Route Post(Answer failure, Func<Call, ValueTask<Answer>> handle) => new(post: new Endpoint(failure, handle));

    private static Route PostXxl(Func<Call, ValueTask<Answer>> handle) =>
        new(post: new Endpoint(XxlAnswers.Fault, handle, TakesRawBody: true));
}
