using Qschedd.Http;
using Qschedd.Tests.EndToEnd;

namespace Qschedd.Tests.Http;

/// <summary>Answers larger than what one connection may hold unread: whole for who reads them, and no way to take all the memory.</summary>
public class LongAnswerTests
{
    private const int MiB = 1024 * 1024;
    private const string Path = "/api2/jobs.do";

    [Theory]
    [InlineData(20 * MiB)] // a second one of it is too many
    [InlineData(32 * MiB - 100_000)] // nothing is left, so that the second is not even made
    [InlineData(40 * MiB)] // more than all may hold together: one at a time
    public async Task LongAnswer_IsWhole_AndOthersAreRefused_WhileItIsNotRead(int bytes)
    {
        string desc = string.Concat(Enumerable.Range(0, bytes / 8).Select(i => $"{i:d8}"));
        await using TestServer server = await TestServer.StartAsync(new FakeScheduler
        {
            Jobs = [Samples.Jobs[0] with { Job = Samples.Jobs[0].Job with { Desc = desc } }],
        });
        using RawConnection slow = await server.ConnectAsync();
        await slow.SendAsync($"GET {Path} HTTP/1.1\r\nHost: x\r\nQ-Server-Token: {Samples.AdminToken}\r\n\r\n");

        await slow.BeginAsync();

        Assert.Equal(503, await StatusAsync(server));
        Assert.Equal(200, (await server.GetAsync("/api/jobs/sister.by-hand.do", Samples.AdminToken)).Status);
        RawAnswer whole = await slow.ReadAsync();

        Assert.Contains($"\"desc\":\"{desc}\"", whole.Text, StringComparison.Ordinal);
        await Eventually.Holds(async () => await StatusAsync(server) == 200, TimeSpan.FromSeconds(20), () => "the share is not given back");
    }

    [Fact]
    public void Budget_IsGivenBack_WhenItCouldNotBeTaken()
    {
        var budget = new ByteBudget(100);

        Assert.True(budget.TryTake(250)); // alone, anything
        Assert.False(budget.TryTake(1));
        Assert.False(budget.HasRoomFor(1));
        budget.Give(250);
        Assert.True(budget.TryTake(60));
        Assert.False(budget.TryTake(41));
        Assert.Equal((60, true, false), (budget.Taken, budget.HasRoomFor(40), budget.HasRoomFor(41)));
    }

    private static async Task<int> StatusAsync(TestServer server) => (await server.GetAsync(Path, Samples.AdminToken)).Status;
}
