using Qschedd.Engine.Model;

namespace Qschedd.Tests.Engine;

public class ByNameTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(5_000)]
    public void Names_HaveTheirNumbers_HoweverManyThereAre(int count)
    {
        var names = new NameIndex();
        for (int i = 0; i < count; i++)
            Assert.True(names.TryAdd($"job{i}"));
        names.Trim();
        for (int i = 0; i < count; i++)
        {
            Assert.Equal(i, names.Find($"job{i}"));
            Assert.Equal($"job{i}", names[i]);
            Assert.Equal(-1, names.Find($"Job{i}"));
        }
        Assert.Equal((count, -1), (names.Count, names.Find("")));
    }

    [Fact]
    public void Name_IsRefused_WhenItIsThere()
    {
        var names = new NameIndex();
        Assert.True(names.TryAdd("a"));
        Assert.False(names.TryAdd(new string('a', 1)));
        names.EnsureCapacity(1_000);
        Assert.False(names.TryAdd("a"));
        Assert.Equal(1, names.Count);
    }

    [Fact]
    public void Values_AreInTheirOrderAndFound_WhenOthersStandUnderTheSameNames()
    {
        var names = new NameIndex();
        Assert.All(new[] { "b", "a", "c" }, name => Assert.True(names.TryAdd(name)));
        var numbers = new ByName<int>(names, [2, 1, 3]);
        ByName<string> words = numbers.With(["two", "one", "three"]);
        Assert.Equal(["b", "a", "c"], numbers.Keys);
        Assert.Equal([2, 1, 3], numbers.Values.ToArray());
        Assert.Equal([("b", "two"), ("a", "one"), ("c", "three")], words.Select(pair => (pair.Key, pair.Value)));
        Assert.Equal((1, "one", true, false), (numbers["a"], words["a"], words.ContainsKey("c"), words.ContainsKey("d")));
        Assert.False(numbers.TryGetValue("d", out _));
        Assert.Throws<KeyNotFoundException>(() => words["d"]);
    }
}
