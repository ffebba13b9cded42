using System.Buffers;
using System.Text;
using Qschedd.Engine.Figures;

namespace Qschedd.Tests.Engine.Figures;

public class MetricsTextTests
{
    private static string Written(Action<MetricsText> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        write(new MetricsText(buffer));
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    [Fact]
    public void Text_ReadsAsTheFormatSays()
    {
        var histogram = new Histogram(1_000, 5, 1_000);
        foreach (long value in (long[])[0, 5, 6, 1_000, 1_001])
            histogram.Observe(value);
        string text = Written(t =>
        {
            t.Counter("qschedd_a_total", "All.", 3);
            t.Gauge("qschedd_b_seconds", "One\\two\nthree.", 1402545989.5);
            t.Histogram("qschedd_c_seconds", "Times.", histogram);
            t.Head("qschedd_d", "Jobs.", "gauge");
            t.Sample("qschedd_d", "job", "a\"b\\c\nd\u0001报表", -1);
            t.Sample("qschedd_d", ("job", "\\"), ("state", "x"), 1e300);
        });
        Assert.Equal(
            """
            # HELP qschedd_a_total All.
            # TYPE qschedd_a_total counter
            qschedd_a_total 3
            # HELP qschedd_b_seconds One\\two\nthree.
            # TYPE qschedd_b_seconds gauge
            qschedd_b_seconds 1402545989.5
            # HELP qschedd_c_seconds Times.
            # TYPE qschedd_c_seconds histogram
            qschedd_c_seconds_bucket{le="0.005"} 2
            qschedd_c_seconds_bucket{le="1"} 4
            qschedd_c_seconds_bucket{le="+Inf"} 5
            qschedd_c_seconds_sum 2.012
            qschedd_c_seconds_count 5
            # HELP qschedd_d Jobs.
            # TYPE qschedd_d gauge
            qschedd_d{job="a\"b\\c\nd
            """ + "\u0001报表\"} -1\nqschedd_d{job=\"\\\\\",state=\"x\"} 1E+300\n",
            text);
        MetricsCheck.Read(text);
    }

    [Theory]
    [InlineData("qschedd_a 1\n")]
    [InlineData("# TYPE qschedd_a gauge\nqschedd_a 1\n")]
    [InlineData("# HELP qschedd_a A.\n# TYPE qschedd_a counter\nqschedd_a 1\n")]
    [InlineData("# HELP qschedd_a_total A.\n# TYPE qschedd_a_total gauge\nqschedd_a_total 1\n")]
    [InlineData("# HELP qschedd_a_ms A.\n# TYPE qschedd_a_ms gauge\nqschedd_a_ms 1\n")]
    [InlineData("# HELP other_a A.\n# TYPE other_a gauge\nother_a 1\n")]
    [InlineData("# HELP qschedd_a A.\n# TYPE qschedd_a gauge\nqschedd_a 1\nqschedd_a 1\n")]
    [InlineData("# HELP qschedd_a A.\n# TYPE qschedd_a gauge\nqschedd_b 1\n")]
    [InlineData("# HELP qschedd_a A.\n# TYPE qschedd_a gauge\nqschedd_a{job=\"a\"b\"} 1\n")]
    [InlineData("# HELP qschedd_a A.\n# TYPE qschedd_a gauge\nqschedd_a 1")]
    [InlineData("# HELP qschedd_a A.\n# TYPE qschedd_a histogram\nqschedd_a_bucket{le=\"1\"} 2\nqschedd_a_bucket{le=\"+Inf\"} 1\nqschedd_a_sum 1\nqschedd_a_count 1\n")]
    public void Check_Objects_WhenTheTextIsWrong(string text) => Assert.ThrowsAny<Exception>(() => MetricsCheck.Read(text));
}
