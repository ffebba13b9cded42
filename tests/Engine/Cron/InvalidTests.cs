using Qschedd.Engine.Cron;

namespace Qschedd.Tests.Engine.Cron;

/// <summary>Each bad text, where it is wrong, and what the message tells the operator.</summary>
public class InvalidTests
{
    [Theory]
    [InlineData("", 0, "empty")]
    [InlineData("   ", 0, "empty")]
    [InlineData("0 0 0", 0, "3 of six fields: second minute hour day-of-month month day-of-week [year]")]
    [InlineData("@daily", 0, "'@daily' is not known here")]
    [InlineData("*/5 * * * *", 0, "'0 */5 * * * ?'")]
    [InlineData("  0 9 1 * *", 2, "'0 0 9 1 * ?'")]
    [InlineData("0 9 * * MON-FRI", 0, "'0 0 9 ? * MON-FRI'")]
    [InlineData("0 9 * * 1-5", 0, "'0 0 9 ? * 1-5'; mind that day-of-week counts 1 = SUN")]
    [InlineData("0 24 * * *", 0, "five fields, but cron starts with seconds here: '0 0 24 * * ?'")]
    [InlineData("0 9 1 * MON", 0, "'0 0 9 1 * ?' and '0 0 9 ? * MON', as two crons")]
    [InlineData("0 9 * * ?", 0, "'0 0 9 * * ?'")]
    [InlineData("0 0 12 1 * ? 2024 x", 18, "'x' is one too many")]
    public void FieldCount_IsTold_BeforeAnythingElse(string text, int offset, string words) => AssertError(text, offset, words);

    [Theory]
    [InlineData("60 0 0 * * ?", 0, "second '60' is outside 0-59")]
    [InlineData("0 60 0 * * ?", 2, "minute '60' is outside 0-59")]
    [InlineData("0 0 24 * * ?", 4, "hour '24' is outside 0-23 (midnight is 0)")]
    [InlineData("0 0 8-24 * * ?", 6, "hour '24' is outside 0-23 (midnight is 0)")]
    [InlineData("0 0 0 0 * ?", 6, "day-of-month '0' is outside 1-31")]
    [InlineData("0 0 0 32 * ?", 6, "day-of-month '32' is outside 1-31 (the last day is L)")]
    [InlineData("0 0 0 0/2 * ?", 6, "day-of-month '0' is outside 1-31")]
    [InlineData("0/5 * * 32W 1 ?", 8, "day-of-month '32' is outside 1-31")]
    [InlineData("0 0 0 1 0 ?", 8, "month '0' is outside 1-12 (or JAN-DEC)")]
    [InlineData("0 0 0 1 13 ?", 8, "month '13' is outside 1-12 (or JAN-DEC)")]
    [InlineData("0 0 0 ? * 0", 10, "day-of-week '0' is outside 1-7 (1 is SUN, 7 is SAT")]
    [InlineData("0 0 0 ? * 8", 10, "day-of-week '8' is outside 1-7")]
    [InlineData("0 0 0 ? * 1-8", 12, "day-of-week '8' is outside 1-7")]
    [InlineData("0 15 10 ? * 0#1 2010", 12, "day-of-week '0' is outside 1-7")]
    [InlineData("0 15 10 ? * 8#1 2010", 12, "day-of-week '8' is outside 1-7")]
    [InlineData("0 15 10 ? * 14#1 2010", 12, "day-of-week '14' is outside 1-7")]
    [InlineData("0 0 0 1 1 ? 1969", 12, "year '1969' is outside 1970-2199")]
    [InlineData("0 0 0 1 1 ? 2200", 12, "year '2200' is outside 1970-2199")]
    [InlineData("0 0 0 1 1 ? 24", 12, "year '24' is outside 1970-2199")]
    [InlineData("99999999999999999999 0 0 * * ?", 0, "second '99999999999999999999' is outside 0-59")]
    [InlineData("0 0 0 L-31 * ?", 8, "at most L-30")]
    [InlineData("0 0 0 15,L-31 * ?", 11, "at most L-30")]
    public void Value_IsRefused_OutsideItsRange(string text, int offset, string words) => AssertError(text, offset, words);

    [Theory]
    [InlineData("0 0 * * * *", 10, "'0 0 * * * ?'")]
    [InlineData("0 0 * 4 * *", 10, "'0 0 * 4 * ?'")]
    [InlineData("0 0 * * * 4", 6, "'0 0 * ? * 4'")]
    [InlineData("0 0 0 1 * MON", 10, "for either, two crons: '0 0 0 1 * ?' and '0 0 0 ? * MON'")]
    [InlineData("0 0 0 ? * ?", 10, "'?' in both day fields")]
    [InlineData("0 0 0 ? * ?h", 11, "'?' stands alone")]
    [InlineData("0 0 * * * ?*", 11, "'?' stands alone")]
    [InlineData("0 0 * * * ??", 11, "'?' stands alone")]
    [InlineData("0 0 0 ?/2 * MON", 7, "'?' stands alone")]
    [InlineData("0 0 0 1,? * ?", 8, "'?' stands alone in day-of-month")]
    [InlineData("? 0 0 * * ?", 0, "any second is '*'")]
    [InlineData("0 0 ? * * ?", 4, "any hour is '*'")]
    [InlineData("0 0 0 1 ? MON", 8, "any month is '*'")]
    [InlineData("0 0 0 1 * ? ?", 12, "any year is '*'")]
    public void QuestionMark_Stands_InOneDayField(string text, int offset, string words) => AssertError(text, offset, words);

    [Theory]
    [InlineData("0 0 0 ? * FRI/2", 13, "a step needs a range or a number before it: '6/2' or 'FRI-.../2'")]
    [InlineData("0 0 0 1 JAN/3 ?", 11, "a step needs a range or a number before it: '1/3' or 'JAN-.../3'")]
    [InlineData("*/0 * * * * ?", 2, "second step '0' is outside 1-59")]
    [InlineData("0/0 * * * * ?", 2, "second step '0' is outside 1-59")]
    [InlineData("0/120 0 8-18 ? * 2-6", 2, "second step '120' is outside 1-59")]
    [InlineData("/120 0 8-18 ? * 2-6", 1, "second step '120' is outside 1-59")]
    [InlineData("0 */60 * * * ?", 4, "minute step '60' is outside 1-59")]
    [InlineData("0 0 */24 * * ?", 6, "hour step '24' is outside 1-23")]
    [InlineData("0 0 0 */32 * ?", 8, "day-of-month step '32' is outside 1-31")]
    [InlineData("0 0 0 1 */13 ?", 10, "month step '13' is outside 1-12")]
    [InlineData("0 0 0 ? * */8", 12, "day-of-week step '8' is outside 1-7")]
    [InlineData("0 0 0 1 1 ? */230", 14, "year step '230' is outside 1-229")]
    [InlineData("0 0 0/ ? * 2-6", 6, "a number must follow '/'")]
    [InlineData("/ 0 8-18 ? * 2-6", 1, "a number must follow '/'")]
    [InlineData("0 0 0 ? * 2-6/MON", 14, "a number must follow '/'")]
    [InlineData("0 0/5/5 * * * ?", 5, "'/5' may not follow '0/5' in minute")]
    public void Step_IsRefused_WithoutARangeOrBeyondIt(string text, int offset, string words) => AssertError(text, offset, words);

    [Theory]
    [InlineData("0,,5 * * * * ?", 2, "a value is missing")]
    [InlineData(",5 * * * * ?", 0, "a value is missing")]
    [InlineData("5, * * * * ?", 2, "a value is missing")]
    [InlineData("0x * * * * ?", 1, "'x' may not follow '0' in second")]
    [InlineData("0#1 * * * * ?", 1, "'#1' may not follow '0' in second")]
    [InlineData("0 0 0 ? * FRI*", 13, "'*' may not follow 'FRI' in day-of-week")]
    [InlineData("0 0 0 ? * MONDAY", 13, "'DAY' may not follow 'MON' in day-of-week")]
    [InlineData("0 0 0 1 JANUARY ?", 11, "'UARY' may not follow 'JAN' in month")]
    [InlineData("0 0 0 1-5W * ?", 9, "'W' may not follow '1-5' in day-of-month")]
    [InlineData("0 0 0 1-2-3 * ?", 9, "'-3' may not follow '1-2' in day-of-month")]
    [InlineData("** * * * * ?", 1, "'*' may not follow '*' in second")]
    [InlineData("*5 * * * * ?", 1, "'5' may not follow '*' in second")]
    [InlineData("0 30 Ralf * * ?", 5, "'Ralf' is no hour: 0-23, '*', ',', '-' and '/'")]
    [InlineData("-5 * * * * ?", 0, "'-5' is no second")]
    [InlineData("0 0 0 1 1 ? JAN", 12, "'JAN' is no year")]
    public void Junk_IsRefused_WhereItStarts(string text, int offset, string words) => AssertError(text, offset, words);

    [Theory]
    [InlineData("* * * * Foo ?", 8, "'Foo' is no month: 1-12 or JAN-DEC")]
    [InlineData("* * * * Jan-Foo ?", 12, "'Foo' is no month: 1-12 or JAN-DEC")]
    [InlineData("0 0 0 1 MON ?", 8, "'MON' is no month")]
    [InlineData("0 0 0 1 JA ?", 8, "'JA' is no month")]
    [InlineData("0 0 0 ? * JAN", 10, "'JAN' is no day-of-week: 1-7 (1 is SUN) or SUN-SAT")]
    [InlineData("0 0 0 ? * MON-6", 14, "'6' is no day-of-week")]
    [InlineData("0 0 0 ? * 2-FRI", 12, "'FRI' cannot end a range that a number starts")]
    [InlineData("0 0 0 1 1-MAR ?", 10, "'MAR' cannot end a range that a number starts")]
    [InlineData("0 0 0 1- * ?", 8, "a number must end the range")]
    [InlineData("0 0 0 1-L * ?", 8, "'L' cannot end a range that a number starts in day-of-month")]
    [InlineData("0 0 0 1 * ? 2030-2024", 12, "year range 2030-2024 runs backwards: 2024-2030")]
    public void Name_IsRefused_WhereItIsNone(string text, int offset, string words) => AssertError(text, offset, words);

    [Theory]
    [InlineData("L 30 * * * ?", 0, "'L' stands only in day-of-month and day-of-week, not in second")]
    [InlineData("0 L 10 15 * ? 2010", 2, "not in minute")]
    [InlineData("0 15 L 15 * ? 2010", 5, "not in hour")]
    [InlineData("0 15 10 15 L ? 2010", 11, "'L' is no month")]
    [InlineData("0 15 10 15 * ? L", 15, "not in year")]
    [InlineData("0 0 0 LW-2 * ?", 8, "'L-2W' is the weekday nearest to two days before the last day")]
    [InlineData("0 0 0 L- * ?", 8, "a number of days must follow 'L-'")]
    [InlineData("0 0 0 L-W * ?", 8, "a number of days must follow 'L-'")]
    [InlineData("0 0 0 L5 * ?", 7, "'5' may not follow 'L' in day-of-month")]
    [InlineData("0 0 0 W * ?", 6, "a day must stand before 'W'")]
    [InlineData("0 0 0 WL * ?", 6, "a day must stand before 'W'")]
    [InlineData("0 0 15W * * ?", 6, "'W' may not follow '15' in hour")]
    [InlineData("0 0 0 5L * ?", 7, "'L' may not follow '5' in day-of-month")]
    [InlineData("0 0 0 5#2 * ?", 7, "'#2' may not follow '5' in day-of-month")]
    [InlineData("0 43 9 ? * SAT,SUN,L", 19, "cannot share day-of-week with other days")]
    [InlineData("0 43 9 ? * 6,7,L", 15, "cannot share day-of-week with other days")]
    [InlineData("0 43 9 ? * L,2", 11, "cannot share day-of-week with other days")]
    [InlineData("0 43 9 ? * MONL,FRIL", 16, "cannot share day-of-week with other days")]
    [InlineData("0 43 9 ? * 6#3,2", 11, "cannot share day-of-week with other days")]
    [InlineData("0 15 10 ? * 1#0 2010", 14, "1 to 5 must follow '#'")]
    [InlineData("0 15 10 ? * 1#6 2010", 14, "1 to 5 must follow '#'")]
    [InlineData("0 15 10 ? * FRI# 2010", 16, "1 to 5 must follow '#'")]
    public void SpecialDay_IsRefused_WhereItMeansNothing(string text, int offset, string words) => AssertError(text, offset, words);

    [Fact]
    public void AnyText_EitherParsesOrIsAnError()
    {
        var random = new Random(20240310);
        const string letters = "0123456789 *?,-/LW#JANFEBMONSUNlw\t\0éx";
        for (int i = 0; i < 60_000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(24)).Select(_ => letters[random.Next(letters.Length)]));
            CronExpression? expression = CronExpression.Parse(text, out CronError? error);
            Assert.True(expression is null != error is null, text);
            if (error is not null) Assert.True(error.Offset >= 0 && error.Offset <= text.Length && error.Message.Length > 0, text);
            if (expression is not null) Assert.True(expression.NextReading(1_700_000_000) >= 1_700_000_000, text);
        }
    }

    private static void AssertError(string text, int offset, string words)
    {
        Assert.Null(CronExpression.Parse(text, out CronError? error));
        Assert.NotNull(error);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Equal(offset, error.Offset);
    }
}
