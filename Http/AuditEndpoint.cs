using System.Text.Json;
using Qschedd.Engine.Ports;

namespace Qschedd.Http;

/// <summary><c>audit.do</c>: who changed what, for the administrator's token alone.</summary>
internal static class AuditEndpoint
{
    private const string From = " from ";

    public static ValueTask<Answer> ListAsync(Call call)
    {
        if (!call.Query.TryLimit(HttpLimits.AuditRowsDefault, out int limit) || !call.Query.TryRow("after", out long? after))
            return new(Answers.BadParameters);
        if (call.Authenticate(out Access access) is { } refusal)
            return new(refusal);
        if (!access.IsAdmin)
            return new(Answers.Unauthorized);

        // A job that is gone has left its rows.
        string? job = call.Query["job"] is { } name ? call.FindJob(name)?.Job.Name ?? name : null;
        return new(DataAnswer.List(call.Api.ListAudit(new AuditQuery(job, after, limit)), (writer, entry) => Write(writer, entry, call)));
    }

    private static void Write(Utf8JsonWriter writer, AuditEntry entry, Call call)
    {
        AuditRow row = entry.Row;
        int from = row.Actor.LastIndexOf(From, StringComparison.Ordinal);
        writer.WriteStartObject();
        writer.WriteString("action"u8, row.Action);
        writer.WriteNumber("at"u8, row.AtMs);
        writer.WriteText("detail"u8, string.IsNullOrEmpty(row.Detail) ? null : row.Detail);
        writer.WriteText("from"u8, from < 0 ? null : row.Actor[(from + From.Length)..]);
        writer.WriteNumber("id"u8, entry.Id);
        writer.WriteText("job"u8, row.Target.Length == 0 ? null : call.Shown(row.Target));
        writer.WriteString("who"u8, from < 0 ? row.Actor : row.Actor[..from]);
        writer.WriteEndObject();
    }
}
