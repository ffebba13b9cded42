using System.Text;
using System.Text.Json;

namespace Qschedd.Cli.Client;

/// <summary>Why there is no answer of a daemon.</summary>
/// <param name="What">What happened.</param>
/// <param name="Advice">What to do.</param>
/// <param name="MayPass">The daemon may only be away for a while.</param>
/// <param name="MaybeDone">The request may have reached the daemon and been carried out.</param>
internal sealed record ApiFault(string What, string Advice, bool MayPass = false, bool MaybeDone = false);

/// <summary>What a call came to: an answer of the daemon, or the reason why there is none.</summary>
/// <param name="Request">Method and address, without any token.</param>
internal sealed record ApiAnswer(string Request)
{
    public ApiFault? Fault { get; init; }
    public ReadOnlyMemory<byte> Raw { get; init; }
    public JsonPart Root { get; init; } = JsonPart.Nothing;

    /// <summary>The daemon did what it was asked for.</summary>
    public bool IsDone => Fault is null && Root.Flag("ret") == true;

    /// <summary>The daemon's own words; empty where it gave none.</summary>
    public string Message => Fault is null ? Root.Text("message") ?? "" : "";

    public JsonPart Data => Root.Part("data");

    public List<JsonPart> Rows => Root.Rows("data");

    public string RawText => Encoding.UTF8.GetString(Raw.Span);

    /// <summary>Tells a daemon's answer from anything else that speaks HTTP.</summary>
    /// <param name="request">Method and address.</param>
    /// <param name="status">Of HTTP.</param>
    /// <param name="location">Where a redirect points to.</param>
    /// <param name="body">As received.</param>
    public static ApiAnswer From(string request, int status, string? location, ReadOnlyMemory<byte> body)
    {
        var answer = new ApiAnswer(request) { Raw = body };
        if (TryParse(body) is { } root)
        {
            return status switch
            {
                200 => answer with { Root = root },
                404 => answer with { Fault = new("the daemon has no such endpoint", "it is older than this qschedd: upgrade it, or use the qschedd that came with it") },
                503 => answer with { Fault = new($"the daemon is busy: {Words(root)}", "try again in a moment", MayPass: true) },
                _ => answer with { Fault = new($"the daemon refused the request with HTTP {status}: {Words(root)}", "see the daemon's log") },
            };
        }

        return answer with { Fault = OfStranger(status, location, body.Span) };
    }

    private static ApiFault OfStranger(int status, string? location, ReadOnlySpan<byte> body) => status switch
    {
        >= 300 and < 400 => new(
            $"HTTP {status}, a redirect{(location is null ? "" : $" to {DisplayText.Line(location)}")}; it is not followed, so that the token goes nowhere else",
            "give the daemon's own address with --server or QSCHEDD_SERVER"),
        401 or 407 => new($"HTTP {status}: something before the daemon asks for a login", "give the daemon's own address, past the proxy"),
        502 or 503 or 504 => new(
            $"HTTP {status}, not from a daemon: a proxy does not reach it", "see whether the daemon runs, and where the proxy looks for it", MayPass: true),
        _ => new(
            $"HTTP {status} with {Kind(body)}: what answers there is not qschedd",
            "check the address and the port in --server or QSCHEDD_SERVER"),
    };

    private static string Kind(ReadOnlySpan<byte> body) =>
        body.IsEmpty ? "an empty body" : body.TrimStart(" \r\n\t"u8).StartsWith("<"u8) ? "an HTML page" : "something else than a daemon's JSON";

    private static string Words(JsonPart root) => DisplayText.Line(root.Text("message") ?? "no message");

    /// <summary>Null: not the JSON of a daemon, whose answers all say <c>ret</c>.</summary>
    private static JsonPart? TryParse(ReadOnlyMemory<byte> body)
    {
        try
        {
            // Not disposed: the answer lives as long as the command.
            var root = new JsonPart(JsonDocument.Parse(body).RootElement);
            return root.Flag("ret") is null ? null : root;
        }
        catch (JsonException)
        {
            return null; // that is the answer: not JSON
        }
    }
}
