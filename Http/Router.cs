using System.Collections.Frozen;

namespace Qschedd.Http;

/// <summary>What answers a path and a method.</summary>
/// <param name="Failure">The answer when the handler throws.</param>
/// <param name="Handle">Gets a request whose segment, query and body have their shape already.</param>
/// <param name="TakesRawBody">It reads the body itself, which need not be a JSON object then.</param>
/// <param name="IsLong">Its answer may be large: it is not made while those that are being read take up their share of memory.</param>
internal sealed record Endpoint(Answer Failure, Func<Call, ValueTask<Answer>> Handle, bool TakesRawBody = false, bool IsLong = false);

/// <summary>A known path; it knows its methods.</summary>
internal sealed class Route(Endpoint? get = null, Endpoint? post = null)
{
    private readonly Answer _methodNotAllowed =
        Answer.MethodNotAllowed(get is null ? "POST" : post is null ? "GET" : "GET, POST");

    /// <summary>Null: not a method of this path, and <paramref name="refusal"/> says so.</summary>
    public Endpoint? For(string method, out Answer refusal)
    {
        refusal = _methodNotAllowed;
        return method switch { "GET" => get, "POST" => post, _ => null };
    }
}

/// <param name="SecondGeneration">Under <c>/api2/</c>: only the header's token counts.</param>
/// <param name="RawSegment">The name in the path, as sent; null where the path has none.</param>
/// <param name="RawQuery">What follows the '?', as sent; nothing of a plain path, which takes none.</param>
internal readonly record struct RouteMatch(Route Route, bool SecondGeneration, string? RawSegment, string RawQuery);

/// <summary>
/// Finds the route of a raw request target. Nothing is decoded before the path is split: an encoded slash never makes a segment,
/// an encoded endpoint is an unknown path, and dots have no meaning. Exact and case-sensitive.
/// </summary>
internal sealed class Router
{
    private const string Suffix = ".do";
    private readonly FrozenDictionary<string, Route> _plain;
    private readonly FrozenDictionary<string, Route> _exact;
    private readonly FrozenDictionary<string, Route> _named;
    private readonly FrozenDictionary<string, Route> _below;

    /// <param name="plain">Whole paths outside of the generations: <c>/healthz</c>.</param>
    /// <param name="exact">Paths below a generation: <c>jobs/on.do</c>. They come before named ones.</param>
    /// <param name="named">Folders below a generation whose one segment is a name: <c>jobs</c> for <c>jobs/$job_name.do</c>.</param>
    /// <param name="below">What lies below such a name: <c>tasks/log.do</c> for <c>tasks/$task_id/log.do</c>.</param>
    public Router(
        Dictionary<string, Route> plain, Dictionary<string, Route> exact, Dictionary<string, Route> named, Dictionary<string, Route> below)
    {
        _plain = plain.ToFrozenDictionary(StringComparer.Ordinal);
        _exact = exact.ToFrozenDictionary(StringComparer.Ordinal);
        _named = named.ToFrozenDictionary(StringComparer.Ordinal);
        _below = below.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>Null: no such path.</summary>
    public RouteMatch? Match(string rawTarget)
    {
        ReadOnlySpan<char> target = OriginForm(rawTarget);
        int mark = target.IndexOf('?');
        ReadOnlySpan<char> path = mark < 0 ? target : target[..mark];
        ReadOnlySpan<char> query = mark < 0 ? "" : target[(mark + 1)..];

        if (_plain.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(path, out Route? route))
            return new RouteMatch(route, false, null, "");
        bool second = path.StartsWith("/api2/", StringComparison.Ordinal);
        if (!second && !path.StartsWith("/api/", StringComparison.Ordinal))
            return null;

        ReadOnlySpan<char> rest = path[(second ? 6 : 5)..];
        if (_exact.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(rest, out route))
            return new RouteMatch(route, second, null, query.ToString());
        return FindNamed(rest, out ReadOnlySpan<char> segment) is { } named
            ? new RouteMatch(named, second, segment.ToString(), query.ToString())
            : null;
    }

    private Route? FindNamed(ReadOnlySpan<char> rest, out ReadOnlySpan<char> segment)
    {
        int slash = rest.IndexOf('/');
        segment = rest[(slash + 1)..];
        if (slash < 0)
            return null;
        if (segment.IndexOf('/') is int second and >= 0)
        {
            string place = string.Concat(rest[..(slash + 1)], segment[(second + 1)..]);
            segment = segment[..second];
            return _below.GetValueOrDefault(place);
        }

        if (!segment.EndsWith(Suffix, StringComparison.Ordinal))
            return null;
        segment = segment[..^Suffix.Length];
        return _named.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(rest[..slash], out Route? route) ? route : null;
    }

    /// <summary>A target may also be sent in absolute form (RFC 9112, 3.2.2): the host in it says nothing here.</summary>
    private static ReadOnlySpan<char> OriginForm(ReadOnlySpan<char> target)
    {
        if (target.StartsWith("/", StringComparison.Ordinal))
            return target;
        int authority = target.IndexOf("://", StringComparison.Ordinal) + 3;
        int path = authority < 3 ? -1 : target[authority..].IndexOfAny('/', '?');
        return path < 0 ? "" : target[(authority + path)..];
    }
}
