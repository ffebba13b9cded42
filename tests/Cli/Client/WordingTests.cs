using Qschedd.Cli.Client;
using Qschedd.Engine.Cron;
using Qschedd.Engine.Model;

namespace Qschedd.Tests.Cli.Client;

public class WordingTests
{
    [Theory]
    [InlineData(0, "0ms")]
    [InlineData(-5, "0ms")]
    [InlineData(999, "999ms")]
    [InlineData(1000, "1s")]
    [InlineData(1299, "1.2s")]
    [InlineData(59_999, "59.9s")]
    [InlineData(60_000, "1m00s")]
    [InlineData(185_000, "3m05s")]
    [InlineData(3_600_000, "1h00m")]
    [InlineData(7_440_000, "2h04m")]
    [InlineData(97_200_000, "1d03h")]
    public void Span_NamesTwoUnits_WhenLong(long ms, string text) => Assert.Equal(text, Wording.Span(ms));

    [Fact]
    public void At_ShowsTheWallOfTheZone_WhenAsked()
    {
        var zone = ZoneTable.Find("Asia/Shanghai")!;
        Assert.Equal("2015-02-13 09:30:00", Wording.At(1423791000000, zone));
        Assert.Null(Wording.At(null, zone));
        Assert.Null(Wording.At(long.MaxValue, zone));
    }

    [Fact]
    public void State_HasAWordAndItsNumber_ForEveryStateOfTheContract()
    {
        foreach (TaskState state in Enum.GetValues<TaskState>())
            Assert.Matches($@"^[a-z-]+ \({(int)state}\)$", Wording.State((int)state).Text);
        Assert.Equal("finished (300)", Wording.State(300).Text);
        Assert.Equal("state (7)", Wording.State(7).Text);
        Assert.Null(Wording.State(null).Text);
    }

    [Fact]
    public void Meanings_KnowEveryMessageOfTheInterface_WhenAVerbFails()
    {
        string[] messages =
        [
            "授权失败", "参数错误", "job不存在", "task不存在", "启用失败", "停止失败", "重试失败", "内部错误", "查询失败", "查询失败: the worker is away",
            "所有机器不能全部下线", "可能存在未操作成功的机器,请调用查看接口验证", "workers json 格式非法", "操作失败",
        ];
        Assert.All(messages, m => Assert.NotEqual("the daemon refused", Meanings.Of(m, Wish.Look).English));
        Assert.Equal("not ended", Meanings.Of("操作失败", Wish.Kill).English);
        Assert.Equal("nothing has changed", Meanings.Of("操作失败", Wish.SwitchWorkers).English);
        Assert.Equal("the daemon refused", Meanings.Of("新消息", Wish.Look).English);
    }
}
