using Qschedd.Cli.Client;

namespace Qschedd.Tests.Cli.Client;

public class TableTests
{
    [Fact]
    public void Table_AlignsByDisplayWidth_WhenTextIsChinese()
    {
        var table = new Table("NAME", "ON", "CRON");
        table.Add("短信.发送", "on", "0 0 1 * * ?");
        table.Add("a", "off", "");
        Assert.Equal(
            """
            NAME       ON   CRON
            短信.发送  on   0 0 1 * * ?
            a          off  -

            """,
            Print(table, colour: false));
    }

    [Fact]
    public void Table_StaysOneLineARow_WhenTextHoldsControls()
    {
        var table = new Table(null);
        table.Add("message", "a\nb\e[2J");
        Assert.Equal("message  a\\nb\\u001b[2J\n", Print(table, colour: false));
    }

    [Fact]
    public void Table_ColoursWithoutCountingTheCodes_WhenOnATerminal()
    {
        var table = new Table("A", "B");
        table.Add(new Cell("x", Tone.Bad), "y");
        table.Add("long", "z");
        Assert.Equal("\e[2mA\e[0m     \e[2mB\e[0m\n\e[31mx\e[0m     y\nlong  z\n", Print(table, colour: true));
    }

    [Fact]
    public void Table_PrintsNothing_WhenEmpty() => Assert.Equal("", Print(new Table("A", "B"), colour: false));

    private static string Print(Table table, bool colour)
    {
        var output = new StringWriter();
        table.Write(output, colour);
        return output.ToString();
    }
}
