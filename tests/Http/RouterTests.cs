using Qschedd.Http;

namespace Qschedd.Tests.Http;

public class RouterTests
{
    private static readonly Router Router = Routes.Build();

    [Theory]
    [InlineData("/api/jobs/a.do", false, "a", "")]
    [InlineData("/api2/jobs/a.do", true, "a", "")]
    [InlineData("/api/jobs/a.do.do", false, "a.do", "")]
    [InlineData("/api/jobs/.do", false, "", "")]
    [InlineData("/api/jobs/..do", false, ".", "")]
    [InlineData("/api/jobs/on.DO.do", false, "on.DO", "")]
    [InlineData("/api/jobs/%6fn.do", false, "%6fn", "")]
    [InlineData("/api/jobs/%2e%2e.do", false, "%2e%2e", "")]
    [InlineData("/api/jobs/a%2Fb.do", false, "a%2Fb", "")]
    [InlineData("/api/jobs/a\\b.do", false, "a\\b", "")]
    [InlineData("/api/jobs/a.do?token=x/y?z", false, "a", "token=x/y?z")]
    [InlineData("/api/check/l-pay.dev.cn6.qunar.com.do?", false, "l-pay.dev.cn6.qunar.com", "")]
    [InlineData("/api/jobs.do?q=.do", false, null, "q=.do")]
    [InlineData("http://any.host:80/api/jobs/a.do?x", false, "a", "x")]
    [InlineData("/api/tasks/a.1/log.do?from=2", false, "a.1", "from=2")]
    [InlineData("/api2/tasks//log.do", true, "", "")]
    [InlineData("/api/callback?x", false, null, "")]
    [InlineData("/xxl-job-admin/api/registryRemove", false, null, "")]
    [InlineData("//api/registry", false, null, "")]
    [InlineData("/xxl-job-admin//api/callback", false, null, "")]
    [InlineData("/healthz?x=%zz", false, null, "")]
    public void Target_IsSplitRaw_WhenKnown(string target, bool second, string? segment, string query)
    {
        RouteMatch? match = Router.Match(target);

        Assert.NotNull(match);
        Assert.Equal((second, segment, query), (match.Value.SecondGeneration, match.Value.RawSegment, match.Value.RawQuery));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("*")]
    [InlineData("host:80")]
    [InlineData("http://any.host")]
    [InlineData("http://any.host?/healthz")]
    [InlineData("?/healthz")]
    [InlineData("/healthz/")]
    [InlineData("/Healthz")]
    [InlineData("/api")]
    [InlineData("/api/")]
    [InlineData("/api3/jobs.do")]
    [InlineData("/API/jobs.do")]
    [InlineData("/api/Jobs.do")]
    [InlineData("/api//jobs.do")]
    [InlineData("//api/jobs.do")]
    [InlineData("///api/registry")]
    [InlineData("//api//registry")]
    [InlineData("/api//registry")]
    [InlineData("//api2/registry")]
    [InlineData("//xxl-job-admin/api/registry")]
    [InlineData("/xxl-job-admin//api/jobs.do")]
    [InlineData("//healthz")]
    [InlineData("/x/../api/jobs.do")]
    [InlineData("/api/./jobs.do")]
    [InlineData("/api/jobs")]
    [InlineData("/api/jobs/")]
    [InlineData("/api/jobs/a")]
    [InlineData("/api/jobs/a.DO")]
    [InlineData("/api/jobs/a%2edo")]
    [InlineData("/api/jobs%2Fon.do")]
    [InlineData("/api%2Fjobs.do")]
    [InlineData("/%61pi/jobs.do")]
    [InlineData("/api/jobs/a/b.do")]
    [InlineData("/api/jobs/../tasks.do")]
    [InlineData("/api/jobs/a.do/")]
    [InlineData("/api/jobs/a.do;x=1")]
    [InlineData("/api/jobs/a.do#x")]
    [InlineData("/api/nothing/a.do")]
    [InlineData("/api/on.do")]
    [InlineData("/api/tasks/a/b/log.do")]
    [InlineData("/api/tasks/a/log.do/")]
    [InlineData("/api/tasks/a/log")]
    [InlineData("/api/jobs/a/log.do")]
    [InlineData("/api/callback/")]
    [InlineData("/api2/callback")]
    [InlineData("/xxl-job-admin/api/jobs.do")]
    public void Target_IsUnknown_WhenNotExact(string target) => Assert.Null(Router.Match(target));

    [Theory]
    [InlineData("jobs/on.do", "POST")]
    [InlineData("jobs/off.do", "POST")]
    [InlineData("jobs.do", "GET")]
    [InlineData("jobs/name.do", "GET")]
    [InlineData("tasks.do", "GET, POST")]
    [InlineData("tasks/state.do", "POST")]
    [InlineData("tasks/kill.do", "POST")]
    [InlineData("tasks/id.do", "GET")]
    [InlineData("tasks/id/log.do", "GET")]
    [InlineData("registry", "POST")]
    [InlineData("registryRemove", "POST")]
    [InlineData("callback", "POST")]
    [InlineData("workers/state.do", "POST")]
    [InlineData("workers/register.do", "POST")]
    [InlineData("workers/unregister.do", "POST")]
    [InlineData("workers/name.do", "GET")]
    [InlineData("check/host.do", "GET")]
    public void Route_AllowsItsMethodsOnly_WhenAsked(string path, string allow)
    {
        foreach (string method in new[] { "GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "get", "TRACE" })
        {
            Endpoint? endpoint = Router.Match($"/api/{path}")!.Value.Route.For(method, out Answer refusal);
            Assert.Equal(allow.Split(", ").Contains(method), endpoint is not null);
            Assert.Equal((405, allow), (refusal.Status, refusal.Allow));
        }
    }
}
