using System.Text.Json;

namespace Qschedd.Tests.Http;

/// <summary>Every answer of the interface, in both generations, as bytes.</summary>
public class GoldenTests
{
    private const string Json = "application/json; charset=utf-8";

    /// <summary>Golden files that the tests below use beside the table's.</summary>
    private static readonly string[] Others =
    [
        "token.none.first", "token.none.second", "path.unknown", "method.get", "method.post", "method.both", "body.too-large",
        "healthz", "readyz", "readyz.trouble",
    ];

    public static TheoryData<string, string> CasesOfBothGenerations()
    {
        var data = new TheoryData<string, string>();
        foreach (GoldenCase one in GoldenCases.All)
        {
            data.Add(one.Name, "api");
            data.Add(one.Name, "api2");
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(CasesOfBothGenerations))]
    public async Task Answer_IsAsVerified_WhenAsked(string name, string generation)
    {
        GoldenCase one = GoldenCases.All.Single(c => c.Name == name);
        var scheduler = new FakeScheduler { Environment = one.Dev ? "dev" : null };
        one.Arrange(scheduler);
        await using TestServer server = await TestServer.StartAsync(scheduler);

        RawAnswer answer = await AskAsync(server, one, generation);

        Assert.Equal((200, Json), (answer.Status, answer.ContentType));
        Golden.Verify(one.Name, "json", answer.Body);
        AssertSorted(JsonDocument.Parse(answer.Body).RootElement);
        Assert.DoesNotContain(server.Log.Lines, l => l.Contains(one.Token));
    }

    [Theory]
    [InlineData("token.none.first", "/api/jobs/qschedule.demo.job1.do")]
    [InlineData("token.none.second", "/api2/jobs/qschedule.demo.job1.do?token=a1b2c3d4")]
    public async Task Answer_IsAsVerified_WhenThereIsNoToken(string name, string target)
    {
        await using TestServer server = await TestServer.StartAsync();

        RawAnswer answer = await server.GetAsync(target);

        Assert.Equal((200, Json), (answer.Status, answer.ContentType));
        Golden.Verify(name, "json", answer.Body);
    }

    [Theory]
    [InlineData("path.unknown", "GET", "/api/jobs%2Fon.do", 404, null)]
    [InlineData("path.unknown", "POST", "/api2/nothing.do", 404, null)]
    [InlineData("method.post", "GET", "/api/jobs/on.do", 405, "POST")]
    [InlineData("method.get", "POST", "/api2/jobs/on.do.do", 405, "GET")]
    [InlineData("method.both", "DELETE", "/api/tasks.do", 405, "GET, POST")]
    public async Task Answer_IsAsVerified_WhenPathOrMethodIsUnknown(string name, string method, string target, int status, string? allow)
    {
        await using TestServer server = await TestServer.StartAsync();

        RawAnswer answer = await server.SendAsync(method, target, null);

        Assert.Equal((status, Json, allow), (answer.Status, answer.ContentType, answer.Headers.GetValueOrDefault("allow")));
        Golden.Verify(name, "json", answer.Body);
    }

    [Fact]
    public async Task Answer_IsAsVerified_WhenBodyIsTooLarge()
    {
        await using TestServer server = await TestServer.StartAsync();

        RawAnswer answer = await server.PostAsync("/api/tasks.do", new string(' ', (1024 * 1024) + 1));

        Assert.Equal((413, Json), (answer.Status, answer.ContentType));
        Golden.Verify("body.too-large", "json", answer.Body);
    }

    [Theory]
    [InlineData("healthz", "/healthz", null, 200)]
    [InlineData("readyz", "/readyz?anything", null, 200)]
    [InlineData("healthz", "/healthz", "the disk is full", 200)]
    [InlineData("readyz.trouble", "/readyz", "the disk is full: nothing is dispatched until there is room", 503)]
    public async Task Health_IsAsVerified_WhenAsked(string name, string target, string? trouble, int status)
    {
        await using TestServer server = await TestServer.StartAsync(new FakeScheduler { Trouble = trouble });

        RawAnswer answer = await server.GetAsync(target);

        Assert.Equal((status, "text/plain; charset=utf-8"), (answer.Status, answer.ContentType));
        Golden.Verify(name, "txt", answer.Body);
    }

    [Fact]
    public void GoldenFiles_HaveACase_Each() =>
        Assert.Empty(Golden.Names.Except(GoldenCases.All.Select(c => c.Name)).Except(Others));

    private static Task<RawAnswer> AskAsync(TestServer server, GoldenCase one, string generation)
    {
        bool first = generation == "api";
        string target = $"/{generation}/{one.Path}";
        string? header = first ? null : one.Token;
        if (one.Body is null)
            return server.GetAsync(first ? $"{target}{(target.Contains('?') ? '&' : '?')}token={Uri.EscapeDataString(one.Token)}" : target, header);
        return server.PostAsync(target, first ? $"{{\"token\":\"{one.Token}\",{one.Body[1..]}" : one.Body, header);
    }

    private static void AssertSorted(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Array)
            Assert.All(element.EnumerateArray(), AssertSorted);
        if (element.ValueKind != JsonValueKind.Object)
            return;
        List<string> names = [.. element.EnumerateObject().Select(p => p.Name)];
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        Assert.All(element.EnumerateObject(), p => AssertSorted(p.Value));
    }
}
