namespace Qschedd.Tests.Architecture;

public class LayeringTests
{
    [Fact]
    public void Sources_ImportOneWay_WhenTheirUsingLinesAreRead()
    {
        Assert.NotEmpty(SourceTree.Sources);
        Assert.Empty(SourceTree.Sources.SelectMany(Layers.Breaches));
    }

    /// <summary>
    /// The using lines do not tell all: code sees the types of the namespaces around its own without one. The compiled code tells.
    /// </summary>
    [Fact]
    public void CompiledCode_ReferencesOneWay_WhenItsMetadataIsRead()
    {
        Type[] types = [.. typeof(Program).Assembly.GetTypes().Where(CompiledCode.IsOurs)];
        Assert.NotEmpty(types);
        Assert.Empty(types.SelectMany(type => CompiledCode.LayerBreaches(type, Layers.Objection)).Distinct());
    }

    [Theory]
    [InlineData("Engine/Wheel/A.cs", "using Qschedd.Engine.Model;\nnamespace Qschedd.Engine.Wheel;", "Qschedd.Engine.Wheel may not see Qschedd.Engine.Model")]
    [InlineData("Engine/Clock/A.cs", "using static Qschedd.Engine.Scheduler;\nnamespace Qschedd.Engine.Clock;", "Qschedd.Engine.Clock may not see Qschedd.Engine")]
    [InlineData("Config/A.cs", "namespace Qschedd.Config;\nclass A { Qschedd.Engine.Ports.IStore s; }", "Qschedd.Config may not see Qschedd.Engine.Ports")]
    [InlineData("Http/Api/A.cs", "using S = Qschedd.Storage.Sqlite.Store;\nnamespace Qschedd.Http.Api;", "Qschedd.Http may not see Qschedd.Storage")]
    [InlineData("Workers/A.cs", "namespace Qschedd.Workers;\nclass A { string s = $\"{Qschedd.Engine.Cron.X.Y}\"; }", "Qschedd.Workers may not see Qschedd.Engine.Cron")]
    [InlineData("Engine/A.cs", "using Qschedd.Http;\nnamespace Qschedd.Engine;", "Qschedd.Engine may not see Qschedd.Http")]
    [InlineData("Extra/A.cs", "using Qschedd.Engine;\nnamespace Qschedd.Extra;", "is in no layer")]
    [InlineData("Http/A.cs", "using Qschedd.Extra;\nnamespace Qschedd.Http;", "is in no layer")]
    [InlineData("Http/A.cs", "namespace Qschedd.Cli;", "lies where Qschedd.Http does")]
    public void Breaches_NamesTheLayers_WhenAnImportGoesTheWrongWay(string path, string text, string expected)
    {
        string breach = Assert.Single(Layers.Breaches(new SourceFile(path, text)));
        Assert.StartsWith(path, breach, StringComparison.Ordinal);
        Assert.Contains(expected, breach, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Engine/Cron/A.cs", "using Qschedd.Engine.Model;\nnamespace Qschedd.Engine.Cron;")]
    [InlineData("Engine/A.cs", "using Qschedd.Engine.Clock;\nusing Qschedd.Engine.Wheel;\nnamespace Qschedd.Engine;")]
    [InlineData("Storage/A.cs", "using Qschedd.Engine.Ports;\nnamespace Qschedd.Storage;")]
    [InlineData("Storage/A.cs", "namespace Qschedd.Storage;\n// not Qschedd.Http\nclass A { string s = \"Qschedd.Http\"; }")]
    [InlineData("Cli/A.cs", "using Qschedd.Http;\nusing Qschedd.Storage;\nnamespace Qschedd.Cli;")]
    [InlineData("Program.cs", "using Qschedd.Cli;\nusing Qschedd.Workers;")]
    public void Breaches_IsEmpty_WhenImportsGoTheRightWay(string path, string text) =>
        Assert.Empty(Layers.Breaches(new SourceFile(path, text)));

    [Theory]
    [InlineData(typeof(Samples.ByField))]
    [InlineData(typeof(Samples.ByBase))]
    [InlineData(typeof(Samples.BySignature))]
    [InlineData(typeof(Samples.ByLocal))]
    [InlineData(typeof(Samples.ByCall))]
    public void LayerBreaches_SeesTheReference_WhenNoUsingLineSaysIt(Type sample)
    {
        string? NothingMayBeSeen(string? from, string to) => $"{from} may not see {to}";
        Assert.Contains(CompiledCode.LayerBreaches(sample, NothingMayBeSeen), breach => breach.Contains(nameof(CodeScan), StringComparison.Ordinal)
            || breach.Contains(nameof(Samples.Forbidden), StringComparison.Ordinal));
    }
}
