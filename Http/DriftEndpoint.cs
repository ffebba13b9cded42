using System.Text.Json;
using Qschedd.Engine.Ports;

namespace Qschedd.Http;

/// <summary><c>drift.do</c>: where jobs run otherwise than their file says.</summary>
internal static class DriftEndpoint
{
    public static ValueTask<Answer> ListAsync(Call call)
    {
        if (call.Authenticate(out Access access) is { } refusal)
            return new(refusal);
        IEnumerable<DriftView> drift = call.Api.ListDrift().Where(d => access.Opens(d.Job.App.Name));
        return new(DataAnswer.List(drift, (writer, view) => Write(writer, view, call.Shown(view.Job.Name))));
    }

    public static void Write(Utf8JsonWriter writer, DriftView drift, string shownJob, bool withRegistered = false)
    {
        writer.WriteStartObject();
        writer.WriteNumber("at"u8, drift.AtMs);
        writer.WriteString("by"u8, drift.By);
        writer.WriteString("file"u8, drift.File);
        writer.WriteString("job"u8, shownJob);
        writer.WriteString("key"u8, drift.Key);
        if (withRegistered)
            writer.WriteBoolean("registered"u8, drift.IsRegistered);
        writer.WriteString("running"u8, drift.Running);
        writer.WriteEndObject();
    }
}
