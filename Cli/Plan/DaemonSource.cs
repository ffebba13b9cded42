using System.Text.Json;

namespace Qschedd.Cli.Plan;

/// <summary>A running daemon, asked page by page.</summary>
internal sealed class DaemonSource(Uri server, string token) : IDefinitionSource
{
    private const int PageMax = 1000;

    private readonly HttpClient _http = new() { BaseAddress = server, Timeout = TimeSpan.FromSeconds(30), MaxResponseContentBufferSize = 256 << 20 };
    private JsonDocument? _first;

    public string Name { get; } = server.ToString().TrimEnd('/');

    public async Task<Frame> ReadFrameAsync()
    {
        _first = await AskAsync($"api2/definitions.do?limit={PageMax}");
        JsonElement data = _first.RootElement.GetProperty("data");
        return new Frame(
            KeyTexts.Parse(data.GetProperty("server").GetString()!),
            [.. data.GetProperty("apps").EnumerateArray().Select(DefinitionOf)],
            [.. data.GetProperty("drift").EnumerateArray().Select(OverrideOf)]);
    }

    public async IAsyncEnumerable<Definition> ReadJobsAsync()
    {
        JsonDocument? page = _first ?? throw new InvalidOperationException("the frame comes first");
        _first = null;
        while (page is not null)
        {
            string? last = null;
            int count = 0;
            foreach (JsonElement job in page.RootElement.GetProperty("data").GetProperty("jobs").EnumerateArray())
            {
                Definition definition = DefinitionOf(job);
                (last, count) = (definition.Name, count + 1);
                yield return definition;
            }
            page.Dispose();
            page = count < PageMax ? null : await AskAsync($"api2/definitions.do?limit={PageMax}&after={Uri.EscapeDataString(last!)}");
        }
    }

    public ValueTask DisposeAsync()
    {
        _first?.Dispose();
        _http.Dispose();
        return default;
    }

    private static Definition DefinitionOf(JsonElement named) => new(named.GetProperty("name").GetString()!, KeyTexts.Parse(named.GetProperty("definition").GetString()!));

    private static Override OverrideOf(JsonElement drift) => new(
        drift.GetProperty("job").GetString()!,
        drift.GetProperty("key").GetString()!,
        drift.GetProperty("file").GetString()!,
        drift.GetProperty("running").GetString()!,
        drift.GetProperty("by").GetString()!,
        drift.GetProperty("at").GetInt64(),
        drift.GetProperty("registered").GetBoolean());

    private async Task<JsonDocument> AskAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Q-Server-Token", token);
        try
        {
            using HttpResponseMessage answer = await _http.SendAsync(request);
            JsonDocument document = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync());
            if (document.RootElement.GetProperty("ret").GetBoolean())
                return document;
            string message = document.RootElement.GetProperty("message").GetString() ?? "";
            document.Dispose();
            throw new SourceFault(message == "授权失败"
                ? $"{Name} refuses the token: plan needs the server's adminToken"
                : $"{Name} answers: {message} (HTTP {(int)answer.StatusCode})");
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException)
        {
            throw new SourceFault($"{Name} does not answer: {fault.Message}");
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new SourceFault($"{Name} answers, but not as a qschedd that knows definitions: is the address right, and the daemon of this version?");
        }
    }
}
