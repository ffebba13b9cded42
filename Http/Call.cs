using System.Net;
using Microsoft.AspNetCore.Http;
using Qschedd.Engine.Figures;
using Qschedd.Engine.Ports;

namespace Qschedd.Http;

/// <summary>One request, as the endpoints see it: its shape is checked, its token not yet.</summary>
internal sealed class Call
{
    private const string DevSuffix = "_dev";

    public required ISchedulerApi Api { get; init; }
    public required TokenIndex Tokens { get; init; }
    public required TimeProvider Clock { get; init; }
    /// <summary>Only the header's token counts.</summary>
    public required bool SecondGeneration { get; init; }
    /// <summary>The name in the path, decoded; empty where the path has none.</summary>
    public required string Segment { get; init; }
    public required Query Query { get; init; }
    public required JsonBody Body { get; init; }
    /// <summary>Invariant: read before the answer is written. After it Kestrel fills them with another request's.</summary>
    public required IHeaderDictionary Headers { get; init; }
    /// <summary>The caller's address, for the audit; null: of a local socket.</summary>
    public required IPAddress? Peer { get; init; }
    public required bool IsPost { get; init; }
    /// <summary>Writes what is counted of answers.</summary>
    public required Action<MetricsText> WriteTally { get; init; }

    /// <summary>The token of an XXL-JOB executor.</summary>
    public string? XxlToken => Headers["XXL-JOB-ACCESS-TOKEN"];
    /// <summary>The app that an executor of XXL-JOB 3.5 says it belongs to.</summary>
    public string? XxlApp => Headers["XXL-JOB-APPNAME"];

    private bool IsDev => Tokens.Catalog.Server.IsDev;

    /// <summary>Null: the token opens something. Comes after all other checks of shape, and before any look at what is named.</summary>
    public Answer? Authenticate(out Access access)
    {
        access = Access.Nothing;
        string? token = null;
        if (!SecondGeneration && !TryOwnToken(out token))
            return Answers.BadParameters;
        if (string.IsNullOrEmpty(token))
            token = Headers["Q-Server-Token"];
        if (string.IsNullOrEmpty(token))
            return SecondGeneration ? Answers.Unauthorized : Answers.BadParameters;
        access = Tokens.Find(token);
        return access.OpensNothing ? Answers.WrongToken : null;
    }

    /// <summary>Token, then existence. Null: the job is there, and the token opens its app.</summary>
    public Answer? OpenJob(string name, Answer unknown, out Access access, out JobView job)
    {
        job = null!;
        if (Authenticate(out access) is { } refusal)
            return refusal;
        if (FindJob(name) is not { } found)
            return unknown;
        job = found;
        return access.Opens(found.Job.App.Name) ? null : Answers.Unauthorized;
    }

    /// <summary>The job of that name; in a dev environment also by its shown name. A job that has the name exactly comes first.</summary>
    public JobView? FindJob(string name) =>
        Api.FindJob(name)
        ?? (IsDev && name.EndsWith(DevSuffix, StringComparison.Ordinal) ? Api.FindJob(name[..^DevSuffix.Length]) : null);

    /// <summary>A job's name as callers see it.</summary>
    public string Shown(string job) => IsDev ? job + DevSuffix : job;

    public string Actor(Access access) => $"{access.Name} from {PeerText}";

    private string PeerText =>
        Peer is null ? "a local socket" : (Peer.IsIPv4MappedToIPv6 ? Peer.MapToIPv4() : Peer).ToString();

    private bool TryOwnToken(out string? token)
    {
        if (IsPost)
            return Body.TryOptionalText("token", out token);
        token = Query["token"];
        return true;
    }
}
