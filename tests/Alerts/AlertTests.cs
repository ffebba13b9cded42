using Qschedd.Alerts;
using Qschedd.Engine.Model;

namespace Qschedd.Tests.Alerts;

public class AlertTests
{
    private const AlertKinds All = AlertSamples.All;
    private const AlertKinds BadEnd = AlertKinds.Failed | AlertKinds.Threshold;

    [Theory]
    [InlineData(All, BadEnd | AlertKinds.NoWorker, AlertKinds.NoWorker)]
    [InlineData(All, BadEnd, AlertKinds.Threshold)]
    [InlineData(All, AlertKinds.Failed, AlertKinds.Failed)]
    [InlineData(All, AlertKinds.Timeout, AlertKinds.Timeout)]
    [InlineData(All, AlertKinds.Misfire, AlertKinds.Misfire)]
    [InlineData(AlertKinds.Failed, BadEnd | AlertKinds.NoWorker, AlertKinds.Failed)]
    [InlineData(AlertKinds.Default, AlertKinds.Failed, AlertKinds.None)]
    [InlineData(AlertKinds.Failed | AlertKinds.Recovered, AlertKinds.Threshold | AlertKinds.NoWorker, AlertKinds.None)]
    internal void Webhook_IsToldOneThing_TheMostSpecificThatItAskedFor(AlertKinds asked, AlertKinds happened, AlertKinds told) =>
        Assert.Equal(told, Alert.KindFor(Rule(asked), AlertSamples.Failed(AlertSamples.Job()) with { Kinds = happened }));

    [Theory]
    [InlineData(AlertKinds.Default, AlertKinds.Failed, false)]
    [InlineData(AlertKinds.Default, BadEnd, true)]
    [InlineData(AlertKinds.Default, AlertKinds.Timeout, true)]
    [InlineData(All, AlertKinds.Failed, true)]
    [InlineData(AlertKinds.Threshold, BadEnd, false)]
    [InlineData(AlertKinds.Timeout | AlertKinds.Recovered, BadEnd, false)]
    [InlineData(AlertKinds.Recovered, BadEnd, true)]
    [InlineData(AlertKinds.Recovered, AlertKinds.Failed, false)]
    [InlineData(AlertKinds.Misfire | AlertKinds.Recovered, BadEnd, false)]
    internal void Recovery_IsToldToThoseWhoWereToldOfTheTrouble(AlertKinds asked, AlertKinds closes, bool told)
    {
        var happened = AlertSamples.Of(AlertKinds.Recovered, AlertSamples.Job()) with { Closes = closes };
        Assert.Equal(told ? AlertKinds.Recovered : AlertKinds.None, Alert.KindFor(Rule(asked), happened));
    }

    [Fact]
    public void Webhook_ShowsNoMoreThanItsHost_AsText()
    {
        Assert.Equal("https://oapi.example", new WebhookUrl(new Uri("https://oapi.example/robot/send?access_token=s3cret")).ToString());
        Assert.Equal("http://oapi.example:8443", new WebhookUrl(new Uri("http://oapi.example:8443/s3cret")).ToString());
        Assert.DoesNotContain("s3cret", Rule(All).ToString());
    }

    [Fact]
    public void Scrub_HidesWhatIsSecretInTheUrl_WhenTheReceiverRepeatsIt()
    {
        var webhook = new WebhookUrl(new Uri("https://hooks.example/services/T0000001/abcdefgh?key=KEY-12345"));
        Assert.Equal("no such hook: ***, *** or ***", webhook.Scrub("no such hook: ABCDEFGH, T0000001 or key-12345"));
    }

    private static AlertRule Rule(AlertKinds asked) => AlertSamples.Rule(1, kinds: asked, path: "/s3cret");
}
