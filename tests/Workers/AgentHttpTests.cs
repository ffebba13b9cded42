using System.Text;
using Qschedd.Engine.Model;
using Qschedd.Workers.Native;

namespace Qschedd.Tests.Workers;

/// <summary>What the agent refuses.</summary>
public sealed class AgentHttpTests : AgentFixture
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("sha256=")]
    [InlineData("sha256=00")]
    [InlineData("md5=00")]
    public async Task RequestNotSigned_Is_Refused(string? signature)
    {
        RunRequest request = await StartAsync("echo run >> runs");
        Assert.Equal(
            (401, """{"message":"X-QSchedule-Signature is missing or was not made with this agent's token"}"""),
            await PostAsync("/qschedule/run", RunBody.Run(request).ToArray(), signature));
        Assert.Equal(401, (await PostAsync("/qschedule/kill", RunBody.Kill(request.TaskId).ToArray(), signature)).Status);
        Assert.Equal(0, Runs);
    }

    [Fact]
    public async Task RequestSignedWithAnotherToken_Is_Refused()
    {
        RunRequest request = await StartAsync("true");
        byte[] body = RunBody.Run(request).ToArray();
        Assert.Equal(401, (await PostAsync("/qschedule/run", body, Signature.Of(body, new Secret("other")))).Status);
        string upper = Signature.Of(body, request.Job.App.Token).ToUpperInvariant();
        Assert.Equal(202, (await PostAsync("/qschedule/run", body, upper)).Status);
        body[^2] ^= 1;
        Assert.Equal(401, (await PostAsync("/qschedule/run", body, upper)).Status);
        await NextCallAsync();
    }

    [Theory]
    [InlineData("/qschedule/run", "", 400)]
    [InlineData("/qschedule/run", "[]", 400)]
    [InlineData("/qschedule/run", "{\"taskId\":\"a\"}", 400)]
    [InlineData("/qschedule/run", "{\"taskId\":\"a\",\"job\":\"j\"}", 400)]
    [InlineData("/qschedule/run", "{\"taskId\":\"a\",\"job\":\"j\",\"callback\":\"file:///etc/passwd\"}", 400)]
    [InlineData("/qschedule/run", "{\"taskId\":\"\\ud800\",\"job\":\"j\"}", 400)]
    [InlineData("/qschedule/run", "{\"taskId\":\"a\",\"job\":\"j\",\"callback\":\"http://h/\"}", 404)]
    [InlineData("/qschedule/kill", "{}", 400)]
    [InlineData("/qschedule/kill", "{\"taskId\":7}", 400)]
    [InlineData("/other", "{}", 404)]
    [InlineData("/healthz", "{}", 405)]
    public async Task MalformedRequest_IsAnswered_WithAStatus(string path, string text, int status)
    {
        await StartAsync("true");
        byte[] body = Encoding.UTF8.GetBytes(text);
        Assert.Equal(status, (await PostAsync(path, body, Signature.Of(body, Samples.App.Token))).Status);
    }

    [Fact]
    public async Task BodyOver1MiB_Is_Refused()
    {
        await StartAsync("true");
        byte[] body = new byte[1024 * 1024 + 1];
        Assert.Equal(
            (413, """{"message":"the body is longer than 1 MiB"}"""),
            await PostAsync("/qschedule/run", body, Signature.Of(body, Samples.App.Token)));
    }

    private async Task<(int Status, string Body)> PostAsync(string path, byte[] body, string? signature)
    {
        using var http = new HttpClient { Timeout = Limit };
        // Else a body that is refused unread meets a closed connection, and which of the two the client sees is chance.
        http.DefaultRequestHeaders.ExpectContinue = body.Length > 1024 * 1024;
        using var content = new ByteArrayContent(body);
        if (signature is not null)
        {
            content.Headers.TryAddWithoutValidation(Signature.Header, signature);
        }
        using HttpResponseMessage response = await http.PostAsync($"http://{_agent!.Address}{path}", content);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
