using System.Text;

namespace Qschedd.Tests.Fuzz;

/// <summary>JSON that is nearly what was expected: members of a list, values of any kind, then bytes out of place.</summary>
internal static class JsonGrammar
{
    public static readonly string[] Words =
    [
        "{", "}", "[", "]", "\"", ":", ",", "\\", "\\u0000", "\\ud800", "\\udc00", "\\ud83d\\ude00", "null", "true", "-0", "1e999", "1E-400", "0.1e+", "01",
        "9223372036854775807", "-9223372036854775809", "NaN", "\uFEFF", "//x\n", "/*", "\0", "\x1f", "{\"a\":", "[[[[[[[[", "\"\\ud800\":1,", "\"state\":300,",
        "\"logId\":\"1\",", "\"token\":\"a1b2c3d4\",", "\"\\u0073tate\":300,", "\"c\\u006fde\":\"\\udfff\",", "\"lo\\ud800gId\":1,", "𠮷", "\u2028",
    ];

    private static readonly string[] Values =
    [
        "1", "-1", "0", "200", "300", "-100", "-300", "1.5", "1e2", "2147483648", "9223372036854775807", "1e400", "null", "true", "false", "\"\"", "\"a\"",
        "\"\\ud800\"", "\"200\"", "\" 7 \"", "\"10.0.0.1:20010\"", "\"http://10.0.0.1:9999/\"", "\"a1b2c3d4\"", "\"admin-0123456789\"", "\"wrong\"", "[]", "{}",
        "\"qschedule.demo.job1\"", "\"sister.by-hand\"", "\"qschedule.demo\"", "\"qschedule.sister\"", "\"140727.123745.192.168.236.130.26859.2531970\"",
        "\"150212.093000.192.168.236.130.26859.7\"", "\"{\\\"10.0.0.1:20010\\\":true}\"", "{\"10.0.0.1:20010\":false}", "[\"qschedule.demo.job1\"]",
        "\"EXECUTOR\"", "2531971", "\"\\u0000\\u001b\"", "\"𠮷\"",
    ];

    public static byte[] Object(Random random, string[] names)
    {
        var json = new StringBuilder();
        Append(json, random, names, depth: 0);
        byte[] bytes = Encoding.UTF8.GetBytes(json.ToString());
        return random.Next(2) == 0 ? bytes : Mutation.Mutate(random, bytes, Words);
    }

    private static void Append(StringBuilder json, Random random, string[] names, int depth)
    {
        bool isList = random.Next(12) == 0;
        json.Append(isList ? '[' : '{');
        for (int i = random.Next(7); i > 0; i--)
        {
            if (!isList)
                json.Append('"').Append(random.Next(10) == 0 ? random.Pick(["", "x", "\\ud800", "st\\u0061te"]) : random.Pick(names)).Append("\":");
            if (random.Next(5) == 0 && depth < 4)
                Append(json, random, names, depth + 1);
            else
                json.Append(random.Pick(Values));
            json.Append(i > 1 ? "," : "");
        }
        json.Append(isList ? ']' : '}');
    }
}
