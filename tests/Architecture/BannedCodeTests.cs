namespace Qschedd.Tests.Architecture;

public class BannedCodeTests
{
    [Fact]
    public void Sources_KeepTheHouseRules_WhenRead() =>
        Assert.Empty(Breaches(SourceTree.Sources, [.. BannedCode.InSources, .. BannedCode.Everywhere]));

    [Fact]
    public void Tests_KeepTheHouseRules_WhenRead()
    {
        Assert.NotEmpty(SourceTree.Tests);
        Assert.Empty(Breaches(SourceTree.Tests, [.. BannedCode.InTests, .. BannedCode.Everywhere]));
    }

    [Fact]
    public void CompiledCode_NeverBlocksOnATask_WhenItsBodiesAreRead() =>
        Assert.Empty(typeof(Program).Assembly.GetTypes().Where(CompiledCode.IsOurs).SelectMany(CompiledCode.BlockingWaits));

    [Fact]
    public void CompiledCode_HasNoAsyncVoid_WhenItsMethodsAreRead() =>
        Assert.Empty(typeof(Program).Assembly.GetTypes().Where(CompiledCode.IsOurs).SelectMany(CompiledCode.AsyncVoids));

    [Theory]
    [InlineData("async void", "class A { async  void B() { } }")]
    [InlineData("lock (this)", "lock( this ) { }")]
    [InlineData("local time", "var a = DateTime.Now;")]
    [InlineData("local time", "var a = DateTimeOffset\n    .Now;")]
    [InlineData("local time", "var a = $\"at {System.DateTime.Today:d}\";")]
    [InlineData("the clock behind our back", "var a = DateTime.UtcNow;")]
    [InlineData("the clock behind our back", "var a = DateTimeOffset.UtcNow;")]
    [InlineData("catch-all that records nothing", "try { } catch { }")]
    [InlineData("catch-all that records nothing", "try { } catch { /* nothing to do */ }")]
    [InlineData("catch-all that records nothing", "try { } catch (Exception e)\n{\n    // nothing to do\n}")]
    [InlineData("OpenSSL's hashes", "var mac = HMACSHA256.HashData(key, text);")]
    [InlineData("silent catch", "try { } catch (IOException) { }")]
    [InlineData("silent catch", "try { } catch (IOException e) when (F(e.Message, (1))) { }")]
    public void Breaches_NamesTheRuleAndTheLine_WhenASourceBreaksIt(string rule, string text)
    {
        string breach = Assert.Single(Breaches([new SourceFile("Http/A.cs", "\n" + text)], BannedCode.InSources));
        Assert.StartsWith("Http/A.cs:2: " + rule, breach, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sleep", "Thread.Sleep(5);")]
    [InlineData("sleep", "await Task\n.Delay(5);")]
    [InlineData("async void", "async void F() { }")]
    public void Breaches_NamesTheRuleAndTheLine_WhenATestBreaksIt(string rule, string text)
    {
        string breach = Assert.Single(Breaches([new SourceFile("tests/A.cs", "\n" + text)], BannedCode.InTests));
        Assert.StartsWith("tests/A.cs:2: " + rule, breach, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TO", "DO")]
    [InlineData("FIX", "ME")]
    public void Breaches_FindsANoteOfWhatIsLeft_WhenItStandsInAComment(string first, string second)
    {
        var file = new SourceFile("A.cs", $"// {first}{second}: later");
        Assert.Single(Breaches([file], BannedCode.Everywhere));
    }

    [Theory]
    [InlineData("Http/A.cs", "// never DateTime.Now, nor async void\nvar a = \"DateTime.Now\"; /* lock (this) */")]
    [InlineData("Http/A.cs", "var a = @\"say \"\"DateTime.Now\"\"\"; var b = '\"'; var c = \"\"\"DateTime.Now \" \"\"\"; var d = $\"{{DateTime.Now}}\";")]
    [InlineData("Http/A.cs", "try { } catch (IOException) { /* gone already */ }")]
    [InlineData("Http/A.cs", "try { } catch (IOException)\n{\n    // The file is gone already.\n}")]
    [InlineData("Http/A.cs", "try { } catch { Record(); }")]
    [InlineData("Cli/Next.cs", "var a = DateTimeOffset.UtcNow;")]
    [InlineData("Program.cs", "var a = DateTimeOffset.UtcNow;")]
    [InlineData("Engine/Clock/A.cs", "var a = DateTimeOffset.UtcNow;")]
    public void Breaches_IsEmpty_WhenTheRulesAreKept(string path, string text) =>
        Assert.Empty(Breaches([new SourceFile(path, text)], BannedCode.InSources));

    [Fact]
    public void BlockingWaits_SeesEachWayToBlock_WhenCodeBlocks()
    {
        Assert.Equal(4, CompiledCode.BlockingWaits(typeof(Samples.Blocks)).Count());
        Assert.Single(Nested(typeof(Samples.Blocks)).SelectMany(CompiledCode.BlockingWaits));
    }

    [Fact]
    public void BlockingWaits_IsEmpty_WhenCodeAwaits() =>
        Assert.Empty(Nested(typeof(Samples.Awaits)).Append(typeof(Samples.Awaits)).SelectMany(CompiledCode.BlockingWaits));

    [Fact]
    public void AsyncVoids_SeesALambda_WhenItIsMadeAnAction() =>
        Assert.Single(Nested(typeof(Samples.Forgets)).Append(typeof(Samples.Forgets)).SelectMany(CompiledCode.AsyncVoids));

    private static IEnumerable<string> Breaches(IEnumerable<SourceFile> files, BannedCode[] rules) =>
        files.SelectMany(file => rules.SelectMany(rule => rule.Breaches(file)));

    private static IEnumerable<Type> Nested(Type type) =>
        type.GetNestedTypes(System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Public);
}
