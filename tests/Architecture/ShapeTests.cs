using System.Text.RegularExpressions;

namespace Qschedd.Tests.Architecture;

public partial class ShapeTests
{
    private const int LinesMax = 300;

    // Path and the reason why the file may be longer.
    private static readonly Dictionary<string, string> MayBeLonger = [];

    [Fact]
    public void Sources_StayShort_WhenCounted()
    {
        Assert.NotEmpty(SourceTree.Sources);
        Assert.NotEmpty(SourceTree.Tests);
        Assert.NotEmpty(SourceTree.Benchmarks);
        Assert.Empty(TooLong(SourceTree.Files));
    }

    [Fact]
    public void MayBeLonger_NamesOnlyFilesThatAre_WhenRead()
    {
        var longer = TooLong(SourceTree.Files, exceptions: []).Select(breach => breach.Split(':')[0]);
        Assert.Empty(MayBeLonger.Keys.Except(longer));
    }

    [Fact]
    public void TooLong_NamesTheFile_WhenItHasALineTooMany()
    {
        string text = string.Concat(Enumerable.Repeat("\n", LinesMax));
        Assert.Empty(TooLong([new SourceFile("A.cs", text)]));
        Assert.StartsWith("A.cs: 301 lines", Assert.Single(TooLong([new SourceFile("A.cs", text + "\n")])), StringComparison.Ordinal);
    }

    [Fact]
    public void Sources_AreNamedForWhatTheyDo_WhenListed() => Assert.DoesNotContain(SourceTree.Files, file => IsVague(file.Path));

    [Theory]
    [InlineData("Engine/JobManager.cs", true)]
    [InlineData("Http/JsonHelpers.cs", true)]
    [InlineData("Common.cs", true)]
    [InlineData("Storage/Utils.cs", true)]
    [InlineData("Storage/Utilities/Page.cs", true)]
    [InlineData("Engine/Admission.cs", false)]
    public void IsVague_KnowsAName_WhenItSaysNothing(string path, bool vague) => Assert.Equal(vague, IsVague(path));

    /// <summary>Nothing links against the daemon: what is public would only look as if it were promised.</summary>
    [Fact]
    public void Assembly_HasNoPublicType_WhenRead() => Assert.Empty(Visible(typeof(Program).Assembly.GetTypes()));

    [Fact]
    public void Visible_NamesTheType_WhenItIsPublic() => Assert.Equal([typeof(ShapeTests)], Visible([typeof(ShapeTests), typeof(Samples), typeof(Samples.ByCall)]));

    private static IEnumerable<string> TooLong(IEnumerable<SourceFile> files, Dictionary<string, string>? exceptions = null) =>
        from file in files
        where file.Lines > LinesMax && !(exceptions ?? MayBeLonger).ContainsKey(file.Path)
        select $"{file.Path}: {file.Lines} lines, at most {LinesMax}: take a part out that has a name of its own";

    private static bool IsVague(string path) => Vague().IsMatch(path);

    // The web SDK's generator makes Program public on net10.0.
    private static IEnumerable<Type> Visible(IEnumerable<Type> types) => types.Where(type => type.IsVisible && type != typeof(Program));

    [GeneratedRegex(@"(Manager|Helper|Util|Utility|Utilitie|Common)s?(/|\.cs$)")]
    private static partial Regex Vague();
}
