using System.Collections.Frozen;
using Qschedd.Engine;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

/// <summary>A parameter with <c>${...}</c>: the worker gets what it stands for, and everything else has the text as written.</summary>
public class SecretParameterTests
{
    private const string Shown = """{"key":"${env:KEY}"}""";
    private const string OfTrigger = """{"trigger":"${env:KEY}"}""";

    private static Job JobWith(string secret, string shown = Shown) => Samples.Job(cron: null) with
    {
        Parameter = shown,
        Secrets = new Dictionary<string, string> { [shown] = shown.Replace("${env:KEY}", secret), [OfTrigger] = $$"""{"trigger":"{{secret}}"}""" }.ToFrozenDictionary(),
        Recover = RecoverPolicy.Retry,
        Retry = new RetryPolicy(3, TimeSpan.FromSeconds(10), 1, TimeSpan.FromSeconds(10)),
    };

    private static void Trigger(EngineWorld world, string? parameter = null) =>
        Assert.Equal(CommandResult.Done, world.Ask<TriggerResult>(a => world.Core.Commands.Trigger("demo.job", parameter, "test", new StartCall(a))).Result);

    [Fact]
    public void Worker_GetsTheSecret_AndTheRowTheReference()
    {
        var world = new EngineWorld().Start(JobWith("s3cret"));
        Trigger(world);
        Assert.Equal("""{"key":"s3cret"}""", Assert.Single(world.Link.Requests).Parameter);
        Assert.Equal(Shown, world.Store.Tasks[1].Parameter);
    }

    [Fact]
    public void Worker_GetsTheSecret_OfTheTriggersOwnParameter()
    {
        var world = new EngineWorld().Start(JobWith("s3cret") with { Triggers = [new Trigger(11, "0 * * * * ?", "UTC", OfTrigger)] });
        world.Run(60);
        Assert.Equal("""{"trigger":"s3cret"}""", Assert.Single(world.Link.Requests).Parameter);
        Assert.Equal(OfTrigger, world.Store.Tasks[1].Parameter);
    }

    [Theory]
    [InlineData("""{"city":"${env:KEY}"}""")]
    [InlineData("""{"key":"${env:KEY}","more":1}""")]
    public void Caller_GetsNoSecretSent_InATextOfHisOwn(string parameter)
    {
        var world = new EngineWorld().Start(JobWith("s3cret"));
        Trigger(world, parameter);
        Assert.Equal(parameter, Assert.Single(world.Link.Requests).Parameter);
    }

    [Fact]
    public void LaterAttempt_GetsTheSecretOfNow()
    {
        var world = new EngineWorld().Start(JobWith("old"));
        world.Link.Answer = _ => new RunOutcome(RunResult.Failed);
        Trigger(world);
        Reload(world, JobWith("new"));
        world.Run(10);
        Assert.Equal(["""{"key":"old"}""", """{"key":"new"}"""], world.Link.Requests.Select(r => r.Parameter));
    }

    [Fact]
    public void LaterAttempt_KeepsItsSecret_WhenTheJobHasAnotherParameter()
    {
        var world = new EngineWorld().Start(JobWith("old"));
        world.Link.Answer = _ => new RunOutcome(RunResult.Failed);
        Trigger(world);
        Reload(world, Samples.Job(cron: null) with { DefinitionHash = 2 });
        world.Run(10);
        Assert.Equal(["""{"key":"old"}""", """{"key":"old"}"""], world.Link.Requests.Select(r => r.Parameter));
    }

    [Fact]
    public void Task_GetsTheSecretAgain_AfterACrash()
    {
        var world = new EngineWorld().Start(JobWith("s3cret"));
        world.Link.Answer = _ => null;
        Trigger(world);
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs + 5_000).Start(JobWith("s3cret"));
        next.Run(2);
        Assert.Equal("""{"key":"s3cret"}""", Assert.Single(next.Link.Requests).Parameter);
    }

    private static void Reload(EngineWorld world, Job job)
    {
        world.Core.Apply(world.Core.Jobs.Compare(Samples.Catalog(Samples.Server(), job)));
        world.Settle();
    }
}
