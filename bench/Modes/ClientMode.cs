using System.Net.Http.Headers;
using System.Text;
using Qschedd.Bench.Measure;

namespace Qschedd.Bench.Modes;

/// <summary>
/// <c>client --url U --connections N --repetitions R [--lead MS]</c>: .NET's HTTP client and nothing else, posting what a run posts.
/// </summary>
internal static class ClientMode
{
    // As long as those of a run: what they say is the worker's business, and this one does not ask.
    private const string SignatureHeader = "X-QSchedule-Signature";
    private static readonly string Signature = "sha256=" + new string('0', 64);
    private static readonly MediaTypeHeaderValue Json = new("application/json") { CharSet = "utf-8" };

    public static async Task<Samples> RunAsync(Options options)
    {
        int connections = options.Number("connections");
        var url = new Uri(options.Text("url"));
        using var client = NewClient(connections);
        var meter = new LagMeter();
        using var stop = new CancellationTokenSource();
        var loops = Enumerable.Range(0, connections).Select(_ => PostAsync(client, url, meter, stop.Token)).ToArray();
        var lead = TimeSpan.FromMilliseconds(options.Number("lead", 2000));
        var samples = await Seconds.MeasureEvenAsync(meter, lead, options.Number("repetitions"));
        await stop.CancelAsync();
        await Task.WhenAll(loops);
        return samples;
    }

    public static HttpMessageInvoker NewClient(int connections) => new(new SocketsHttpHandler
    {
        UseCookies = false,
        UseProxy = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        MaxConnectionsPerServer = connections,
    });

    public static async Task<bool> PostAsync(HttpMessageInvoker client, Uri url, long scheduledMs)
    {
        string body = $$"""
            {"app":"bench","attempt":1,"callback":"http://127.0.0.1:8080/api2/tasks/state.do","fireTime":{{scheduledMs}},"job":"bench.job1",
            "scheduledTime":{{scheduledMs}},"shard":{"index":0,"total":1},"taskId":"261122.103000.127.0.0.1.4711.100000"}
            """;
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = Json;
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = content };
        request.Headers.TryAddWithoutValidation(SignatureHeader, Signature);
        using var response = await client.SendAsync(request, CancellationToken.None);
        await response.Content.ReadAsByteArrayAsync();
        return response.IsSuccessStatusCode;
    }

    private static async Task PostAsync(HttpMessageInvoker client, Uri url, LagMeter meter, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            long startUs = LagMeter.NowUs;
            if (!await PostAsync(client, url, startUs / 1000))
                throw new InvalidOperationException($"{url} does not take a run");
            meter.Record(LagMeter.NowUs - startUs);
        }
    }
}
