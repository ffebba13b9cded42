using System.Net;
using Qschedd.Http;
using Qschedd.Tests.Alerts;

namespace Qschedd.Tests.Http;

/// <summary>Guesses of tokens: counted for each sender, late past ten a minute, and never at the cost of who has the right one.</summary>
public class TokenGuardTests
{
    private static readonly IPAddress Guesser = IPAddress.Parse("10.9.8.7");
    private readonly ManualTime _time = new();
    private readonly CapturedLog _log = new();

    private TokenGuard Guard() => new(_time, _log);

    private static ValueTask<Answer> Guess(TokenGuard guard, IPAddress? from) => guard.HoldAsync(Answers.WrongToken, from, CancellationToken.None);

    private static async Task Spend(TokenGuard guard, IPAddress? from)
    {
        for (int i = 0; i < TokenGuard.FreePerMinute; i++)
            Assert.Same(Answers.WrongToken, await Guess(guard, from));
    }

    [Fact]
    public async Task Answer_ComesASecondLate_WhenItIsTheEleventhOfAMinute()
    {
        TokenGuard guard = Guard();
        await Spend(guard, Guesser);

        ValueTask<Answer> late = Guess(guard, Guesser);

        Assert.False(late.IsCompleted);
        await _time.PassAsync(TokenGuard.Wait);
        Assert.Same(Answers.WrongToken, await late);
        Assert.Equal((11, 1, 0, 0), (guard.Failed, guard.Delayed, guard.Cut, guard.Waiting));
    }

    [Fact]
    public async Task Answer_ComesAtOnce_WhenAnotherMinuteHasBegun()
    {
        TokenGuard guard = Guard();
        await Spend(guard, Guesser);
        _time.Advance(TimeSpan.FromSeconds(60));
        await Spend(guard, Guesser);
        Assert.Equal(0, guard.Delayed);
    }

    [Theory]
    [InlineData("10.9.8.6", true)]
    [InlineData("::ffff:10.9.8.7", false)]
    [InlineData("2001:db8::1", true)]
    public async Task Answer_ComesAtOnce_WhenAnotherGuesses(string address, bool isAnother)
    {
        TokenGuard guard = Guard();
        await Spend(guard, Guesser);
        ValueTask<Answer> answer = Guess(guard, IPAddress.Parse(address));
        Assert.Equal(isAnother, answer.IsCompleted);
    }

    [Theory]
    [InlineData("2001:db8:1:2:ffff::9", false)]
    [InlineData("2001:db8:1:3::1", true)]
    public async Task Sender_IsANetworkOf64Bits_WhenItSpeaksIPv6(string address, bool isAnother)
    {
        TokenGuard guard = Guard();
        await Spend(guard, IPAddress.Parse("2001:db8:1:2::1"));
        Assert.Equal(isAnother, Guess(guard, IPAddress.Parse(address)).IsCompleted);
        Assert.Equal(isAnother ? [] : [Line("2001:db8:1:2::/64", 0)], _log.Lines);
    }

    [Fact]
    public async Task Answer_EndsTheConnection_WhenTooManyWaitOfOneSender()
    {
        TokenGuard guard = Guard();
        await Spend(guard, Guesser);
        ValueTask<Answer>[] late = [.. Enumerable.Range(0, TokenGuard.WaitingPerSenderMax).Select(_ => Guess(guard, Guesser))];

        Answer cut = await Guess(guard, Guesser);

        Assert.True(cut.Close);
        Assert.Equal(Answers.WrongToken.Body.ToArray(), cut.Body.ToArray());
        Assert.Equal((1, TokenGuard.WaitingPerSenderMax), (guard.Cut, guard.Waiting));
        _time.Advance(TokenGuard.Wait);
        foreach (ValueTask<Answer> answer in late)
            Assert.False((await answer).Close);
        Assert.Equal(0, guard.Waiting);
    }

    [Fact]
    public async Task Answer_EndsTheConnection_WhenTooManyWaitInAll()
    {
        TokenGuard guard = Guard();
        for (int sender = 0; guard.Waiting < TokenGuard.WaitingMax; sender++)
        {
            var address = new IPAddress([10, 0, (byte)(sender >> 8), (byte)sender]);
            await Spend(guard, address);
            for (int i = 0; i < TokenGuard.WaitingPerSenderMax; i++)
                Assert.False(Guess(guard, address).IsCompleted);
        }
        await Spend(guard, Guesser);
        Assert.True((await Guess(guard, Guesser)).Close);
    }

    [Fact]
    public async Task Place_IsFree_WhenTheSenderGoesAway()
    {
        TokenGuard guard = Guard();
        await Spend(guard, null);
        using var gone = new CancellationTokenSource();
        ValueTask<Answer> late = guard.HoldAsync(Answers.WrongToken, null, gone.Token);
        Assert.Equal(1, guard.Waiting);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await late);
        Assert.Equal(0, guard.Waiting);
    }

    [Fact]
    public async Task Senders_AreForgotten_WhenThereAreTooMany()
    {
        TokenGuard guard = Guard();
        for (int i = 0; i < TokenGuard.SendersMax + 500; i++)
            await Guess(guard, new IPAddress([10, 1, (byte)(i >> 8), (byte)i]));
        Assert.Equal(TokenGuard.SendersMax, guard.Senders);
        Assert.Equal(TokenGuard.SendersMax + 500, guard.Failed);
    }

    [Fact]
    public async Task Log_HasOneLineAMinute_WhenASenderGoesOn()
    {
        TokenGuard guard = Guard();
        for (int minute = 0; minute < 3; minute++)
        {
            await Spend(guard, Guesser);
            for (int i = 0; i < 30; i++)
                _ = Guess(guard, Guesser);
            _time.Advance(TimeSpan.FromSeconds(60));
        }
        Assert.Equal([Line("10.9.8.7", 0), Line("10.9.8.7", 40), Line("10.9.8.7", 40)], _log.Lines);
    }

    [Fact]
    public async Task Log_StaysShort_WhenManySendersGuess()
    {
        TokenGuard guard = Guard();
        for (int minute = 0; minute < 2; minute++)
        {
            for (int i = 0; i < TokenGuard.LinesPerMinuteMax + 7; i++)
            {
                var sender = new IPAddress([10, 2, 0, (byte)i]);
                await Spend(guard, sender);
                _ = Guess(guard, sender);
            }
            _time.Advance(TimeSpan.FromSeconds(60));
        }
        Assert.Equal(2 * TokenGuard.LinesPerMinuteMax + 1, _log.Lines.Count);
        Assert.Single(_log.Lines, line => line.Contains("7 more senders", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RightToken_IsAnsweredAtOnce_WhileItsNeighbourGuesses()
    {
        await using TestServer server = await TestServer.StartAsync(clock: _time);
        const string Target = $"/api2/jobs/{Samples.Job1}.do";
        for (int i = 0; i < TokenGuard.FreePerMinute; i++)
            await server.GetAsync(Target, Samples.WrongToken);
        Task<RawAnswer> late = server.GetAsync(Target, Samples.WrongToken);
        await _time.Sleeper(TokenGuard.Wait);

        RawAnswer right = await server.GetAsync(Target, Samples.DemoToken);

        Assert.Contains("\"ret\":true", right.Text);
        Assert.False(late.IsCompleted);
        _time.Advance(TokenGuard.Wait);
        Assert.Contains("授权失败", (await late).Text);
        Assert.Contains(server.Log.Lines, line => line == Line("127.0.0.1", 0));
        Assert.DoesNotContain(server.Log.Lines, line => line.Contains(Samples.WrongToken, StringComparison.Ordinal));
    }

    [Fact]
    public async Task ExecutorsToken_CountsAlike_WhenItIsWrong()
    {
        await using TestServer server = await TestServer.StartAsync();
        for (int i = 0; i <= TokenGuard.FreePerMinute; i++)
        {
            using RawConnection connection = await server.ConnectAsync();
            await connection.SendAsync("POST /api/registry HTTP/1.1\r\nHost: x\r\nXXL-JOB-ACCESS-TOKEN: guess\r\nContent-Length: 2\r\n\r\n{}");
            Assert.Contains("The access token is wrong.", (await connection.ReadAsync()).Text);
        }
        Assert.Contains(server.Log.Lines, line => line == Line("127.0.0.1", 0));
    }

    private static string Line(string sender, int before) =>
        $"Warning {sender}: more than 10 calls within a minute with a token that opens nothing ({before} in the minute before); "
        + "answers to more of them come 1000 ms late, those to right tokens at once ";
}
