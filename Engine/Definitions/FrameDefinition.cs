using System.Text.Json;
using Qschedd.Engine.Model;

namespace Qschedd.Engine.Definitions;

/// <summary>What stands around the jobs: the server and the apps, each as one JSON object under the names of its keys.</summary>
internal static class FrameDefinition
{
    public static void Write(Utf8JsonWriter json, App app)
    {
        var keys = new KeyWriter(json, app.Hidden);
        json.WriteStartObject();
        keys.Text("code", app.Code);
        keys.Number("id", app.Id);
        keys.Text("protocol", Words.Of(app.Protocol));
        if (app.Protocol == WorkerProtocol.XxlJob)
            keys.Text("protocolVersion", Words.Of(app.ProtocolVersion));
        keys.Secret("token", SecretPrint.Of(app.Token.Utf8));
        keys.Text("workerPath", app.WorkerPath);
        keys.Workers("workers", app.Workers);
        json.WriteEndObject();
    }

    /// <summary>
    /// Keys that the file gives, and no others: what is left to the host is another at each, and no change of the file. Paths below
    /// the file are told from there, for the same reason.
    /// </summary>
    public static void Write(Utf8JsonWriter json, ServerSettings server)
    {
        var keys = new KeyWriter(json, server.Hidden) { Given = server.Given };
        json.WriteStartObject();
        if (server.AdminToken is { } token)
            keys.Secret("adminToken", SecretPrint.Of(token.Utf8));
        keys.Text("advertise", server.Advertise);
        keys.Span("answerTimeout", server.AnswerTimeout);
        keys.Text("database", FromBase(server, server.Database));
        keys.Text("environment", server.Environment);
        keys.Json("history", $$"""{"keepFor":"{{SpanText.Format(server.History.KeepFor)}}","keepPerJob":{{server.History.KeepPerJob}}}""");
        keys.Texts("listen", server.Listen);
        keys.Span("lostAfter", server.LostAfter);
        keys.Span("misfireThreshold", server.MisfireThreshold);
        keys.Text("timeZone", server.TimeZone);
        if (server.Tls is { } tls)
            keys.Texts("tls", [FromBase(server, tls.Certificate), FromBase(server, tls.Key)]);
        if (!ReferenceEquals(server.WorkerNetworks, WorkerNetworks.Private))
            keys.Texts("workerNetworks", server.WorkerNetworks.Ranges.Select(range => range.ToString()));
        keys.Span("workerTtl", server.WorkerTtl);
        json.WriteEndObject();
    }

    private static string FromBase(ServerSettings server, string path) =>
        server.BaseDirectory is { } directory && path.StartsWith(directory.TrimEnd('/') + "/", StringComparison.Ordinal)
            ? Path.GetRelativePath(directory, path)
            : path;
}
