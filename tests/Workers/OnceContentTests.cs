using Qschedd.Workers.Native;

namespace Qschedd.Tests.Workers;

public sealed class OnceContentTests
{
    [Fact]
    public async Task Content_Fails_When_ItIsToBeSentAgain()
    {
        int announced = 0;
        var content = new OnceContent("body"u8.ToArray(), () => announced++);
        Assert.False(content.WasSent);
        using var wire = new MemoryStream();
        await content.CopyToAsync(wire);
        Assert.True(content.WasSent);
        await Assert.ThrowsAnyAsync<Exception>(() => content.CopyToAsync(wire));
        Assert.Equal("body"u8.ToArray(), wire.ToArray());
        Assert.Equal(1, announced);
    }
}
