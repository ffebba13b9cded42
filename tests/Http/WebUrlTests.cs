using Qschedd.Engine.Model;

namespace Qschedd.Tests.Http;

public class WebUrlTests
{
    [Theory]
    [InlineData("http://10.0.0.1:9999/xxl/", true)]
    [InlineData("HTTPS://exec.example", true)]
    [InlineData("//\u202e", false)]
    [InlineData("http://\u202e", false)]
    [InlineData("/etc/passwd", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("http:/a", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Url_IsReadOrRefused_AndNeverThrows(string? text, bool good) => Assert.Equal(good, WebUrl.TryRead(text, out _));
}
