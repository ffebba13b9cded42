using Qschedd.Config;
using Qschedd.Engine.Model;

namespace Qschedd.Tests.Config;

/// <summary>The table of keys against the contract, against itself, and against the example file.</summary>
public class KeyTableTests
{
    private static readonly Section[] Sections =
    [
        ServerKeys.Root, ServerKeys.Server, ServerKeys.Tls, ServerKeys.History, ServerKeys.Metrics,
        AppKeys.App, AppKeys.Defaults, AppKeys.Job, AppKeys.CronEntry, AppKeys.Retry, AppKeys.Worker, AppKeys.Alert,
    ];

    private static string Names(Section section) => string.Join(' ', section.Specs.Select(key => key.Name));

    [Fact]
    public void Table_HasTheContractsKeys_AndNoOthers()
    {
        const string job = "desc cron crons parameter type command env workingDirectory protocol handler timeZone recover loadBalance overlap timeout killAfter "
            + "retry consecutiveFailTimesAlertThreshold state workers alerts";
        Assert.Equal("server apps", Names(ServerKeys.Root));
        Assert.Equal("listen tls database timeZone environment adminToken advertise misfireThreshold workerTtl answerTimeout lostAfter workerNetworks history metrics",
            Names(ServerKeys.Server));
        Assert.Equal("certificate key", Names(ServerKeys.Tls));
        Assert.Equal("keepFor keepPerJob", Names(ServerKeys.History));
        Assert.Equal("perJob", Names(ServerKeys.Metrics));
        Assert.Equal("name id code token workers workerPath protocol protocolVersion alerts defaults jobs", Names(AppKeys.App));
        Assert.Equal("name " + job, Names(AppKeys.Job));
        Assert.Equal(job, Names(AppKeys.Defaults));
        Assert.Equal("cron param", Names(AppKeys.CronEntry));
        Assert.Equal("attempts delay backoff maxDelay", Names(AppKeys.Retry));
        Assert.Equal("address hostname", Names(AppKeys.Worker));
        Assert.Equal("webhook events format secret", Names(AppKeys.Alert));
    }

    [Fact]
    public void Table_SaysEnoughForASchema_OfEveryKey()
    {
        Assert.All(Sections.SelectMany(section => section.Specs), key =>
        {
            Assert.NotEmpty(key.Doc);
            Assert.NotEmpty(key.Example);
            Assert.Equal(key.Kind is ValueKind.Word or ValueKind.WordList, key.Words.Length > 0);
            Assert.Equal(key.Kind is ValueKind.Mapping or ValueKind.MappingList, key.Section is not null);
            Assert.False(key.IsRequired && key.Default is not null, $"{key.Name} is required and has a default");
            Assert.Equal(key.Kind is ValueKind.Integer or ValueKind.Number or ValueKind.Duration or ValueKind.Text or ValueKind.Name or ValueKind.Secret,
                key.Bounds.Max > 0);
        });
    }

    public static TheoryData<string> JobExamples() => [.. AppKeys.Job.Specs.Where(key => key.Name != "name").Select(key => $"{key.Name}: {key.Example}")];

    [Theory]
    [MemberData(nameof(JobExamples))]
    public void Example_IsAccepted_OfEveryJobKey(string line)
    {
        string more = line.Split(':')[0] switch
        {
            "command" => "type: local\n",
            "handler" => "protocol: xxl-job\n",
            "type" => "command: [a]\n",
            "env" or "workingDirectory" => "type: local\ncommand: [a]\n",
            _ => "",
        };
        Assert.NotNull(ConfigFolder.JobOf(more + line));
    }

    [Fact]
    public void Example_IsAccepted_OfEveryServerAndAppKey()
    {
        using var folder = new ConfigFolder { Variables = { ["QSCHEDD_ADMIN_TOKEN"] = "a", ["DEMO_TOKEN"] = "b" } };
        string server = string.Concat(ServerKeys.Server.Specs.Select(key => $"{key.Name}: {key.Example}\n"));
        string app = string.Concat(AppKeys.App.Specs.Select(key => $"{key.Name}: {key.Example}\n"));
        folder.With("q.yaml", "server:\n" + ConfigFolder.Indent(server, 2) + "apps:\n  -\n" + ConfigFolder.Indent(app, 4));
        Assert.Empty(folder.Lines(folder.Load("q.yaml")));
    }

    [Fact]
    public void ExampleFile_LoadsAndShowsEveryKey_AsItStands()
    {
        using var folder = new ConfigFolder { Variables = { ["QSCHEDD_ADMIN_TOKEN"] = "a", ["DEMO_TOKEN"] = "b" } };
        string text = File.ReadAllText(Repository.FileOf("jobs.example.yaml"));
        ConfigResult result = folder.With("q.yaml", text).Load("q.yaml");
        Assert.Empty(folder.Lines(result));
        Assert.All(Sections.SelectMany(section => section.Specs), key => Assert.Contains($"{key.Name}:", text));
        Assert.All(Sections.SelectMany(section => section.Specs).SelectMany(key => key.Words), word => Assert.Contains(word, text));
        Assert.Equal(163, Assert.Single(result.Catalog!.Apps).Id);
    }

    [Fact]
    public void ExampleAgent_HasACommandForEveryRemoteJob_OfTheExampleFile()
    {
        using var folder = new ConfigFolder { Variables = { ["QSCHEDD_ADMIN_TOKEN"] = "a", ["DEMO_TOKEN"] = "b" } };
        ConfigResult result = folder.With("q.yaml", File.ReadAllText(Repository.FileOf("jobs.example.yaml"))).Load("q.yaml");
        IEnumerable<string> remote = result.Catalog!.Jobs.Values.Where(job => job.Type == JobType.Remote).Select(job => job.Name);
        IEnumerable<string> served = File.ReadLines(Repository.FileOf("packaging/example-agent.yaml")).Where(line => !line.StartsWith('#')).Select(line => line.Split(':')[0]);
        Assert.Equal(remote.Order(StringComparer.Ordinal), served.Order(StringComparer.Ordinal));
    }
}
