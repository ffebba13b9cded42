namespace Qschedd.Tests;

public class SmokeTests
{
    [Fact]
    public void X_Does() => Assert.Equal(2, 1 + 1);
}
