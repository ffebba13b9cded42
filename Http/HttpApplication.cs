using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Qschedd.Engine.Figures;
using Qschedd.Engine.Ports;

namespace Qschedd.Http;

/// <summary>
/// A request's way: route, body, shape, endpoint, answer. Kestrel calls it once for each request, with what it parsed of the head.
/// </summary>
internal sealed partial class HttpApplication(ISchedulerApi api, ILogger logger, TimeProvider clock) : IHttpApplication<IFeatureCollection>
{
    private readonly Router _router = Routes.Build();
    private readonly ByteBudget _budget = new(HttpLimits.BodyBudgetBytes);
    private readonly ByteBudget _answers = new(HttpLimits.AnswerBudgetBytes);
    private readonly TokenGuard _guard = new(clock, logger);
    private readonly HttpTally _tally = new();
    private Action<MetricsText>? _writeTally; // made once, not for each call
    private volatile TokenIndex _tokens = new(api.Catalog);

    public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

    public void DisposeContext(IFeatureCollection context, Exception? exception)
    {
    }

    public async Task ProcessRequestAsync(IFeatureCollection context)
    {
        try
        {
            IHttpRequestFeature request = context.GetRequiredFeature<IHttpRequestFeature>();
            Answer answer = await AnswerAsync(context, request);
            _tally.OnAnswer(answer);
            // Here the body's memory is given back: who guesses does not hold any while he waits.
            if (answer == Answers.WrongToken || answer == XxlAnswers.WrongToken)
                answer = await _guard.HoldAsync(answer, Remote(context), Gone(context));
            await WriteWithinBudgetAsync(context, answer);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException and not BadHttpRequestException)
        {
            // The client went away: there is nobody to answer, and nothing is wrong here.
            context.Get<IHttpRequestLifetimeFeature>()?.Abort();
        }
    }

    private async ValueTask<Answer> AnswerAsync(IFeatureCollection context, IHttpRequestFeature request)
    {
        if (_router.Match(request.RawTarget) is not { } match)
            return Answers.NoSuchPath;
        if (match.Route.For(request.Method, out Answer refusal) is not { } endpoint)
            return refusal;
        if (endpoint.IsLong && !_answers.HasRoomFor(HttpLimits.LongAnswerBytes))
            return Answers.Busy; // before the work of it, which is what many who read nothing would cost
        if (request.Method != "POST")
            return await HandleAsync(context, request, match, endpoint, JsonBody.None);

        using var reader = new BodyReader(_budget);
        BodyResult read = await reader.ReadAsync(
            context.GetRequiredFeature<IRequestBodyPipeFeature>().Reader, request.Headers.ContentLength, request.Headers.Expect.Count == 0);
        if (read != BodyResult.Read)
            return read == BodyResult.TooLarge ? Answers.BodyTooLarge : Answers.Busy;
        using JsonBody? body = endpoint.TakesRawBody ? JsonBody.Unread(reader.Body) : JsonBody.Parse(reader.Body, HttpLimits.JsonDepthMax);
        return body is null ? Answers.BadParameters : await HandleAsync(context, request, match, endpoint, body);
    }

    private async ValueTask<Answer> HandleAsync(
        IFeatureCollection context, IHttpRequestFeature request, RouteMatch match, Endpoint endpoint, JsonBody body)
    {
        try
        {
            return MakeCall(context, request, match, body) is { } call ? await endpoint.Handle(call) : Answers.BadParameters;
        }
        catch (Exception e)
        {
            // The path only: a query or a body may hold a token.
            _tally.OnFault();
            LogFailure(e, request.Method, request.RawTarget.Split('?')[0], endpoint.Failure.Message);
            return endpoint.Failure;
        }
    }

    /// <summary>Null: the name in the path or the query is not what it should be.</summary>
    private Call? MakeCall(IFeatureCollection context, IHttpRequestFeature request, RouteMatch match, JsonBody body)
    {
        string? segment = "";
        if ((match.RawSegment is { } raw && !TryName(raw, out segment)) || Query.Parse(match.RawQuery) is not { } query)
            return null;
        return new Call
        {
            Api = api,
            Tokens = CurrentTokens(),
            Clock = clock,
            SecondGeneration = match.SecondGeneration,
            Segment = segment,
            Query = query,
            Body = body,
            Headers = request.Headers,
            Peer = Remote(context),
            IsPost = request.Method == "POST",
            WriteTally = _writeTally ??= WriteTally,
        };
    }

    private void WriteTally(MetricsText text)
    {
        _tally.Write(text, _budget.Taken);
        _guard.Write(text);
    }

    private static bool TryName(string raw, out string name)
    {
        bool good = PercentText.TryDecode(raw, plusIsSpace: false, out string? text);
        name = text ?? "";
        return good && name.Length is > 0 and <= HttpLimits.NameCharsMax && name.AsSpan().IndexOfAny('/', '\\') < 0;
    }

    /// <summary>A reload brings another catalog, and with it other tokens. Two requests may both build the index: it is the same.</summary>
    private TokenIndex CurrentTokens()
    {
        TokenIndex tokens = _tokens;
        if (!ReferenceEquals(tokens.Catalog, api.Catalog))
            _tokens = tokens = new TokenIndex(api.Catalog);
        return tokens;
    }

    private static IPAddress? Remote(IFeatureCollection context) => context.Get<IHttpConnectionFeature>()?.RemoteIpAddress;

    private static CancellationToken Gone(IFeatureCollection context) =>
        context.Get<IHttpRequestLifetimeFeature>()?.RequestAborted ?? CancellationToken.None;

    /// <summary>Who reads slowly holds the answer's memory until Kestrel cuts him off.</summary>
    private async ValueTask WriteWithinBudgetAsync(IFeatureCollection context, Answer answer)
    {
        long charge = answer.Body.Length > HttpLimits.FreeAnswerBytes ? answer.Body.Length + HttpLimits.WriteBufferBytesMax : 0;
        if (charge > 0 && !_answers.TryTake(charge))
        {
            answer.Release();
            (answer, charge) = (Answers.Busy, 0);
            _tally.OnAnswer(answer);
        }
        try
        {
            await WriteAsync(context, answer);
        }
        finally
        {
            _answers.Give(charge);
        }
    }

    private static async ValueTask WriteAsync(IFeatureCollection context, Answer answer)
    {
        try
        {
            IHttpResponseFeature response = context.GetRequiredFeature<IHttpResponseFeature>();
            response.StatusCode = answer.Status;
            response.Headers.ContentType = answer.ContentType;
            response.Headers.ContentLength = answer.Body.Length;
            response.Headers.CacheControl = "no-store";
            if (answer.Allow is not null)
                response.Headers.Allow = answer.Allow;
            if (answer.Close)
                response.Headers.Connection = "close";
            await WriteAsync(context.GetRequiredFeature<IHttpResponseBodyFeature>().Writer, answer.Body);
        }
        finally
        {
            answer.Release();
        }
    }

    /// <summary>In slices, each of which waits for the reader: Kestrel copies what it is given, and never gives that memory back.</summary>
    private static async ValueTask WriteAsync(PipeWriter writer, ReadOnlyMemory<byte> body)
    {
        while (body.Length > HttpLimits.WriteBufferBytesMax)
        {
            FlushResult flushed = await writer.WriteAsync(body[..HttpLimits.WriteBufferBytesMax]);
            if (flushed.IsCompleted)
                return;
            body = body[HttpLimits.WriteBufferBytesMax..];
        }
        await writer.WriteAsync(body);
    }

    [LoggerMessage(LogLevel.Error, "{Method} {Path}: answered '{Answer}', because of a fault of ours; the caller may try again")]
    private partial void LogFailure(Exception fault, string method, string path, string answer);
}
