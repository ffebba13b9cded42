using System.Text.Json;
using Qschedd.Engine.Definitions;
using Qschedd.Engine.Ports;

namespace Qschedd.Http;

/// <summary>
/// <c>definitions.do</c>: the definitions in force, for <c>qschedd plan</c>. A page of jobs by name; the first page has the
/// server, the apps and what was overridden too. Names are the files' own; a definition is JSON text in a string,
/// and secrets stand there as prints alone.
/// </summary>
internal static class DefinitionEndpoint
{
    public static ValueTask<Answer> ListAsync(Call call)
    {
        if (!call.Query.TryLimit(HttpLimits.RowsMax, out int limit))
            return new(Answers.BadParameters);
        if (call.Authenticate(out Access access) is { } refusal)
            return new(refusal);
        if (access != Access.Everything)
            return new(Answers.Unauthorized);
        string? after = call.Query["after"];
        IEnumerable<JobView> jobs = call.Api.ListJobs()
            .Where(v => after is null || string.CompareOrdinal(v.Job.Name, after) > 0)
            .Take(limit);
        return new(DataAnswer.One(jobs, (writer, page) => Write(writer, page, after is null ? call : null)));
    }

    private static void Write(Utf8JsonWriter writer, IEnumerable<JobView> jobs, Call? first)
    {
        var text = new DefinitionText();
        writer.WriteStartObject();
        if (first is not null)
        {
            WriteNamed(writer, "apps"u8, first.Tokens.Catalog.Apps, app => app.Name, app => text.Of(app));
            WriteDrift(writer, first.Api.ListDrift());
        }
        WriteNamed(writer, "jobs"u8, jobs, view => view.Job.Name, view => text.Of(view.Job));
        if (first is not null)
        {
            writer.WriteString("server"u8, text.Of(first.Tokens.Catalog.Server));
        }
        writer.WriteEndObject();
    }

    private static void WriteNamed<T>(
        Utf8JsonWriter writer, ReadOnlySpan<byte> member, IEnumerable<T> items, Func<T, string> nameOf, RenderDefinition<T> definitionOf)
    {
        writer.WriteStartArray(member);
        foreach (T item in items)
        {
            writer.WriteStartObject();
            writer.WriteString("definition"u8, definitionOf(item));
            writer.WriteString("name"u8, nameOf(item));
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void WriteDrift(Utf8JsonWriter writer, IEnumerable<DriftView> drift)
    {
        writer.WriteStartArray("drift"u8);
        foreach (DriftView view in drift)
            DriftEndpoint.Write(writer, view, view.Job.Name, withRegistered: true);
        writer.WriteEndArray();
    }

    private delegate ReadOnlySpan<byte> RenderDefinition<T>(T item);
}
