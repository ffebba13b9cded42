namespace Qschedd.Tests.Config;

/// <summary>YAML to JSON text, by YAML 1.2's core schema.</summary>
public class ParameterTests
{
    [Theory]
    // null and booleans: three spellings each, no others
    [InlineData("null, ~, Null, NULL", "null,null,null,null")]
    [InlineData("nULL, 'null', \"~\"", "\"nULL\",\"null\",\"~\"")]
    [InlineData("true, True, TRUE, false, False, FALSE", "true,true,true,false,false,false")]
    [InlineData("yes, no, on, off, tRue, 'true'", "\"yes\",\"no\",\"on\",\"off\",\"tRue\",\"true\"")]
    // whole numbers, digit by digit
    [InlineData("0, 1, -1, +1, 007, -007, -0", "0,1,-1,1,7,-7,-0")]
    [InlineData("123456789012345678901234567890, -9223372036854775809", "123456789012345678901234567890,-9223372036854775809")]
    [InlineData("0o17, 0x1F, 0xffffffffffffffffff, 0o, 0x, 0xg, 0X1F, 0b1", "15,31,4722366482869645213695,\"0o\",\"0x\",\"0xg\",\"0X1F\",\"0b1\"")]
    [InlineData("'1', \"1\", 1_000, 1 2, 1:2", "\"1\",\"1\",\"1_000\",\"1 2\",\"1:2\"")]
    // floats, digit by digit
    [InlineData("1.5, .5, 1., -.5, +1.50, 00.5", "1.5,0.5,1.0,-0.5,1.50,0.5")]
    [InlineData("1e3, 1E3, 1e+3, 1.e-3, .5e1", "1e3,1E3,1e+3,1.0e-3,0.5e1")]
    [InlineData("3.14159265358979323846264338327950288, 1e", "3.14159265358979323846264338327950288,\"1e\"")]
    [InlineData("., +, .e1, 1.2.3, 192.168.1.1, 2025-01-01, e1", "\".\",\"+\",\".e1\",\"1.2.3\",\"192.168.1.1\",\"2025-01-01\",\"e1\"")]
    [InlineData("'.inf', '.nan', inf, nan, -inf", "\".inf\",\".nan\",\"inf\",\"nan\",\"-inf\"")]
    // text: as it is, but for what JSON must escape
    [InlineData("\U00020000, '\U0001F600 \"', '\u00A0'", "\"\U00020000\",\"\U0001F600 \\\"\",\"\u00A0\"")]
    [InlineData("\U0001F600, \"\\L\"", "\"\U0001F600\",\"\u2028\"")]
    [InlineData("北京, é, 'a<b>&c+d', \"'\"", "\"北京\",\"é\",\"a<b>&c+d\",\"'\"")]
    [InlineData("\"a\\\"b\\\\c\\nd\\te\\x07\"", "\"a\\\"b\\\\c\\nd\\te\\u0007\"")]
    [InlineData("[], {}, [[1], {b: {c: []}}]", "[],{},[[1],{\"b\":{\"c\":[]}}]")]
    public void Parameter_BecomesJson_WhenItIsAMapping(string values, string json) =>
        Assert.Equal($$"""{"a":[{{json}}]}""", ConfigFolder.JobOf($"parameter: {{a: [{values}]}}").Parameter);

    [Fact]
    public void Parameter_KeepsItsKeysInOrder_WhenTheyAreOfAnyKind() => Assert.Equal(
        """{"z":1,"a":{"2":null,"true":"","":"x"},"中文":[1,2],"text":"two\nlines\n"}""",
        ConfigFolder.JobOf("""
            parameter:
              z: 1
              a: {2: , true: "", "": x}
              中文:
                - 1
                - 2
              text: |
                two
                lines
            """).Parameter);

    [Fact]
    public void Parameter_IsTheEmptyObject_WhenTheMappingIsEmpty() => Assert.Equal("{}", ConfigFolder.JobOf("parameter: {}").Parameter);

    [Theory]
    [InlineData(".inf")]
    [InlineData("-.INF")]
    [InlineData("+.Inf")]
    [InlineData(".nan")]
    [InlineData(".NaN")]
    [InlineData("1e999")]
    public void Parameter_IsRefused_WhenANumberIsNoneInJson(string value) => Assert.Equal(
        ["q.yaml:7:24: error: 'parameter': JSON has no infinity, no NaN and no number this large: quote it to send it as text"],
        ConfigFolder.ErrorsOf(ConfigFolder.App("", $"- name: j\n  parameter: {{a: {value}}}")));
}
