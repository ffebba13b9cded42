using Qschedd.Engine.Figures;

namespace Qschedd.Http;

/// <summary><c>/metrics</c>: Prometheus text, without a token, and without anything that a token protects.</summary>
internal static class MetricsEndpoint
{
    private const int BytesAtFirst = 32 * 1024;

    public static ValueTask<Answer> ShowAsync(Call call)
    {
        var buffer = new PooledBuffer(BytesAtFirst);
        try
        {
            var text = new MetricsText(buffer);
            call.Api.WriteMetrics(text);
            call.WriteTally(text);
            return new(Answer.OfText(buffer, MetricsText.ContentType));
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }
}
