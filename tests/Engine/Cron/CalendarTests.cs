using Qschedd.Engine.Cron;

namespace Qschedd.Tests.Engine.Cron;

/// <summary>Vectors in UTC, grouped by the fact of the calendar that they prove. Most come from the Quartz suites (faults.md, section 5).</summary>
public class CalendarTests
{
    [Theory]
    [InlineData("0 15 10 L 2 ? 2004", "2004-02-29T10:14:59", "2004-02-29T10:15:00")]
    [InlineData("0 15 10 L-3 2 ? 2000", "2000-02-26T10:14:59", "2000-02-26T10:15:00")]
    [InlineData("0 15 10 1,L * ? 2010", "2010-10-31T10:14:59", "2010-10-31T10:15:00")]
    [InlineData("0 15 10 1,L * ? 2010", "2010-10-31T10:15:00", "2010-11-01T10:15:00")]
    [InlineData("59 59 23 L * ?", "2026-01-31T23:59:59", "2026-02-28T23:59:59")]
    [InlineData("0 0 12 L-2 * ?", "2023-04-28T12:00:00", "2023-05-29T12:00:00")]
    [InlineData("0 0 12 l-0 * ?", "2023-04-30T12:00:00", "2023-05-31T12:00:00")]
    [InlineData("0 0 12 L-30 * ?", "2023-01-01T12:00:00", "2023-03-01T12:00:00")]
    [InlineData("0 0 0 L,L-1 2 ?", "2024-02-28T00:00:00", "2024-02-29T00:00:00")]
    public void LastDay_Fires_AtTheEndOfItsMonth(string text, string after, string next) => AssertNext(text, after, next);

    [Theory]
    [InlineData("0 0 12 15W * ?", "2024-05-15T12:00:00", "2024-06-14T12:00:00")]
    [InlineData("0 0 12 15W * ?", "2024-08-15T12:00:00", "2024-09-16T12:00:00")]
    [InlineData("0 0 0 1W * ?", "2026-01-01T00:00:00", "2026-02-02T00:00:00")]
    [InlineData("0 0 0 1W * ?", "2026-07-01T00:00:00", "2026-08-03T00:00:00")]
    [InlineData("0 0 0 1W * ?", "2023-10-01T12:00:00", "2023-10-02T00:00:00")]
    [InlineData("0 0 0 1W * ?", "2023-06-30T00:00:00", "2023-07-03T00:00:00")]
    [InlineData("0 5 13 5W 1-12 ?", "2009-03-08T00:00:00", "2009-04-06T13:05:00")]
    [InlineData("0 15 10 2W,16 * ? 2010", "2010-10-01T10:14:59", "2010-10-01T10:15:00")]
    [InlineData("0 15 10 2W,16 * ? 2010", "2010-10-01T10:15:00", "2010-10-16T10:15:00")]
    [InlineData("0 0/25 * 22W * ?", "2024-06-20T09:30:00", "2024-06-21T00:00:00")]
    [InlineData("0 0 0 31W * ?", "2023-01-31T00:00:00", "2023-03-31T00:00:00")]
    [InlineData("0 0 0 31w * ?", "2022-07-01T00:00:00", "2022-07-29T00:00:00")]
    [InlineData("0 0 0 31W 2 ?", "2023-01-31T00:00:00", "never")]
    [InlineData("0 0 0 30W 2,4 ?", "2023-01-31T00:00:00", "2023-04-28T00:00:00")]
    [InlineData("0 0 0 31W * ?", "2026-10-30T00:00:00", "2026-12-31T00:00:00")]
    [InlineData("0 0 0 31W 4,6,9,11 ?", "2026-01-01T00:00:00", "never")]
    [InlineData("0 0 0 29W 2 ?", "2096-02-29T00:00:00", "2104-02-29T00:00:00")]
    [InlineData("0 0 0 29W 2 ? 2100-2108", "2104-02-29T00:00:00", "2108-02-29T00:00:00")]
    public void NearestWeekday_Moves_OnlyInsideItsMonth(string text, string after, string next) => AssertNext(text, after, next);

    [Theory]
    [InlineData("0 0 12 LW * ?", "2023-02-28T12:00:00", "2023-03-31T12:00:00")]
    [InlineData("0 0 12 LW * ?", "2022-07-01T00:00:00", "2022-07-29T12:00:00")]
    [InlineData("0 15 10 6,15,LW * ? 2010", "2010-10-29T10:14:59", "2010-10-29T10:15:00")]
    [InlineData("0 15 10 6,15,LW * ? 2010", "2010-10-06T10:15:00", "2010-10-15T10:15:00")]
    [InlineData("0 15 10 L-5W * ? 2010", "2010-10-26T10:14:59", "2010-10-26T10:15:00")]
    [InlineData("0 15 10 L-1W * ? 2010", "2010-10-29T10:14:59", "2010-10-29T10:15:00")]
    [InlineData("0 15 10 L-1W,L-1 * ? 2010", "2010-10-29T10:14:59", "2010-10-29T10:15:00")]
    [InlineData("0 15 10 L-1W,L-1 * ? 2010", "2010-10-30T10:14:59", "2010-10-30T10:15:00")]
    [InlineData("0 0 0 L-30W * ?", "2024-01-01T00:00:00", "2024-03-01T00:00:00")]
    [InlineData("0 0 0 L-30W * ?", "2024-05-30T00:00:00", "2024-07-01T00:00:00")]
    public void LastWeekday_Counts_BackFromTheLastDay(string text, string after, string next) => AssertNext(text, after, next);

    [Theory]
    [InlineData("0 0 12 ? * 2", "2024-01-02T00:00:00", "2024-01-08T12:00:00")]
    [InlineData("0 0 12 ? * 1", "2024-01-02T00:00:00", "2024-01-07T12:00:00")]
    [InlineData("0 0 12 ? * sat", "2024-01-02T00:00:00", "2024-01-06T12:00:00")]
    [InlineData("0 0 12 ? * MON-FRI", "2007-06-01T12:00:00", "2007-06-04T12:00:00")]
    [InlineData("0 0 12 ? * FRI-MON", "2024-01-02T00:00:00", "2024-01-05T12:00:00")]
    [InlineData("0 0 12 ? * FRI-MON", "2024-01-08T12:00:00", "2024-01-12T12:00:00")]
    [InlineData("0 0 12 ? * 7-1", "2024-01-06T12:00:00", "2024-01-07T12:00:00")]
    [InlineData("0 0 12 ? * 2/2", "2023-09-05T12:00:00", "2023-09-06T12:00:00")]
    [InlineData("0 0 12 ? * 2/2", "2023-09-08T12:00:00", "2023-09-11T12:00:00")]
    [InlineData("0 0 12 ? * MON-FRI/2", "2024-01-01T12:00:00", "2024-01-03T12:00:00")]
    [InlineData("0 0 12 ? * 2,Fri", "2024-01-01T12:00:00", "2024-01-05T12:00:00")]
    [InlineData("0 0 12 ? * L", "2024-01-01T12:00:00", "2024-01-06T12:00:00")]
    public void DayOfWeek_Counts_FromSundayOne(string text, string after, string next) => AssertNext(text, after, next);

    [Theory]
    [InlineData("0 0 12 ? * 6L", "2023-06-24T12:00:00", "2023-06-30T12:00:00")]
    [InlineData("0 0 12 ? * fril", "2023-06-30T12:00:00", "2023-07-28T12:00:00")]
    [InlineData("0 0 12 ? 2 5L", "2024-01-01T00:00:00", "2024-02-29T12:00:00")]
    [InlineData("0 0 12 ? * 6#3", "2023-07-21T12:00:00", "2023-08-18T12:00:00")]
    [InlineData("0 30 10-13 ? * FRI#3", "2008-12-19T13:29:59", "2008-12-19T13:30:00")]
    [InlineData("0 30 10-13 ? * FRI#3", "2008-12-19T13:30:00", "2009-01-16T10:30:00")]
    [InlineData("0 15 10 ? * 1#1 2010", "2010-01-03T10:14:59", "2010-01-03T10:15:00")]
    [InlineData("0 15 10 ? * 7#1 2010", "2010-01-02T10:14:59", "2010-01-02T10:15:00")]
    [InlineData("0 0 0 ? * 6#5", "2024-01-01T00:00:00", "2024-03-29T00:00:00")]
    [InlineData("0 0 0 ? * 6#5", "2026-10-30T00:00:00", "2027-01-29T00:00:00")]
    [InlineData("0 0 0 ? * 6#5 2026,2028", "2026-10-30T00:00:00", "2028-03-31T00:00:00")]
    [InlineData("0 0 0 ? 2 1#5", "2032-02-29T00:00:00", "2060-02-29T00:00:00")]
    [InlineData("0 0 0 ? 2 1#5", "2088-02-29T00:00:00", "2128-02-29T00:00:00")]
    [InlineData("0 0 0 ? 2 2#5", "2096-01-01T00:00:00", "2112-02-29T00:00:00")]
    public void NthWeekday_Skips_MonthsWithoutIt(string text, string after, string next) => AssertNext(text, after, next);

    [Theory]
    [InlineData("0 0 0 29 * ?", "2009-01-30T00:00:00", "2009-03-29T00:00:00")]
    [InlineData("0 0 0 29 2 ?", "2024-02-29T00:00:00", "2028-02-29T00:00:00")]
    [InlineData("0 0 0 29 2 ?", "2096-02-29T00:00:00", "2104-02-29T00:00:00")]
    [InlineData("0 0 0 29 2 ? 2100", "2024-02-29T00:00:00", "never")]
    [InlineData("0 0 0 30 2 ?", "2024-02-29T00:00:00", "never")]
    [InlineData("0 0 0 31 4,6,9,11 ?", "2024-02-29T00:00:00", "never")]
    [InlineData("0 0 0 31 * ?", "2024-03-31T00:00:00", "2024-05-31T00:00:00")]
    [InlineData("0 0 0 28-3 * ?", "2024-02-29T00:00:00", "2024-03-01T00:00:00")]
    [InlineData("0 0 0 28-3/2 * ?", "2024-01-03T00:00:00", "2024-01-28T00:00:00")]
    [InlineData("0 0 0 29 2 ?", "1999-01-01T00:00:00", "2000-02-29T00:00:00")]
    [InlineData("0 0 0 29 2 ?", "2097-06-01T00:00:00", "2104-02-29T00:00:00")]
    [InlineData("0 0 0 29 2 ?", "2196-02-29T00:00:00", "never")]
    [InlineData("0 0 0 29 2 ? 2097-2103", "2090-01-01T00:00:00", "never")]
    [InlineData("0 0 0 29 2 ? 1970/10", "2000-02-29T00:00:00", "2020-02-29T00:00:00")]
    [InlineData("0 0 0 29,30 2 ?", "2024-02-29T00:00:00", "2028-02-29T00:00:00")]
    [InlineData("0 0 0 30,31 2,4 ?", "2024-04-30T00:00:00", "2025-04-30T00:00:00")]
    [InlineData("0 0 0 31 * ? 2025,2030", "2025-12-31T00:00:00", "2030-01-31T00:00:00")]
    [InlineData("0 0 0 L,30 2 ?", "2099-02-28T00:00:00", "2100-02-28T00:00:00")]
    public void ShortMonth_HasNo_LaterDay(string text, string after, string next) => AssertNext(text, after, next);

    [Theory]
    [InlineData("0 15 23 * * ?", "2005-06-01T23:16:00", "2005-06-02T23:15:00")]
    [InlineData("0 55 15 1 * ?", "2007-12-01T23:59:59", "2008-01-01T15:55:00")]
    [InlineData("0/5 * * * * ?", "2005-06-01T01:59:55", "2005-06-01T02:00:00")]
    [InlineData("/5 * * * * ?", "2005-06-01T01:59:51", "2005-06-01T01:59:55")]
    [InlineData("* * 1 * * ?", "2005-07-31T22:59:57", "2005-08-01T01:00:00")]
    [InlineData("* * * * * ?", "1999-12-31T23:59:59", "2000-01-01T00:00:00")]
    [InlineData("59 59 23 31 12 ?", "2024-06-01T00:00:00", "2024-12-31T23:59:59")]
    [InlineData("0 0 22-2 * * ?", "2024-06-01T02:00:00", "2024-06-01T22:00:00")]
    [InlineData("0 0 22-2 * * ?", "2024-06-01T23:00:00", "2024-06-02T00:00:00")]
    [InlineData("0 0 22-2/2 * * ?", "2024-06-01T22:00:00", "2024-06-02T00:00:00")]
    [InlineData("50-10/20 * * * * ?", "2024-06-01T00:00:10", "2024-06-01T00:00:50")]
    [InlineData("7,*/30 5 4 * * ?", "2024-06-01T04:05:00", "2024-06-01T04:05:07")]
    public void TimeOfDay_Carries_IntoTheNextDay(string text, string after, string next) => AssertNext(text, after, next);

    [Theory]
    [InlineData("0 0 0 1 OCT ? *", "2024-07-22T12:00:00", "2024-10-01T00:00:00")]
    [InlineData("0 0 0 1 NOV-FEB ?", "2024-02-01T00:00:00", "2024-11-01T00:00:00")]
    [InlineData("0 0 0 1 nov-feb ?", "2024-11-01T00:00:00", "2024-12-01T00:00:00")]
    [InlineData("0 0 0 1 7/6 ?", "2024-07-01T00:00:00", "2025-07-01T00:00:00")]
    [InlineData("0 0 0 1 JAN-DEC/5 ?", "2024-01-01T00:00:00", "2024-06-01T00:00:00")]
    [InlineData("0 0 0 1 */5 ?", "2024-06-01T00:00:00", "2024-11-01T00:00:00")]
    public void Month_Steps_InsideItsYear(string text, string after, string next) => AssertNext(text, after, next);

    [Theory]
    [InlineData("0 0 0 1 1 ? 2150", "2024-07-22T12:00:00", "2150-01-01T00:00:00")]
    [InlineData("0 0 0 1 1 ? 2019", "2024-07-22T12:00:00", "never")]
    [InlineData("0 0 0 1 1 ? 2020/4", "2024-07-22T12:00:00", "2028-01-01T00:00:00")]
    [InlineData("0 0 0 1 1 ? 2026-2028,2040", "2028-01-01T00:00:00", "2040-01-01T00:00:00")]
    [InlineData("0 0 0 ? JUN MON 1970-2199/100", "1971-01-01T00:00:00", "2070-06-02T00:00:00")]
    [InlineData("59 59 23 31 12 ?", "2199-12-31T23:59:58", "2199-12-31T23:59:59")]
    [InlineData("59 59 23 31 12 ?", "2199-12-31T23:59:59", "never")]
    [InlineData("* * * * * ?", "2199-12-31T23:59:59", "never")]
    [InlineData("* * * * * ?", "9999-12-31T23:59:59", "never")]
    [InlineData("* * * * * ?", "0001-01-01T00:00:00", "1970-01-01T00:00:00")]
    [InlineData("* * * * * ?", "1969-12-31T23:59:58", "1970-01-01T00:00:00")]
    public void Year_Runs_From1970To2199(string text, string after, string next) => AssertNext(text, after, next);

    [Theory]
    [InlineData("  0 15\t10  * *   ? ", "2024-07-22T12:00:00", "2024-07-23T10:15:00")]
    [InlineData("00 05 07 08 09 ?", "2024-07-22T12:00:00", "2024-09-08T07:05:00")]
    [InlineData("0 0 12 *,L * ?", "2024-07-22T12:00:00", "2024-07-23T12:00:00")]
    [InlineData("0 0 12 /5 * ?", "2024-07-26T12:00:00", "2024-07-31T12:00:00")]
    public void Text_Tolerates_BlanksAndZeros(string text, string after, string next) => AssertNext(text, after, next);

    [Theory]
    [InlineData("0 0 0 30 2 ?", false)]
    [InlineData("0 0 0 31 4 ? 2024-2030", false)]
    [InlineData("0 0 0 29 2 ? 2023,2025", false)]
    [InlineData("0 0 0 29 2 ? 2024", true)]
    [InlineData("0 0 0 1 1 ? 1970", true)]
    [InlineData("59 59 23 31 12 ? 2199", true)]
    [InlineData("0 0 0 ? 2 1#5 2032", true)]
    [InlineData("0 0 0 ? 2 1#5 2033-2040", false)]
    public void EverFires_Tells_WhetherADateExists(string text, bool expected) => Assert.Equal(expected, Fires.Parse(text).EverFires);

    [Fact]
    public void Month_IsFound_OfEveryDay()
    {
        var date = new DateOnly(1970, 1, 1);
        for (int day = 0; date.Year <= MonthTable.LastYear; day++, date = date.AddDays(1))
        {
            int index = MonthTable.IndexOf(day);
            MonthTable.Month month = MonthTable.At(index);
            var found = (MonthTable.FirstYear + index / 12, index % 12 + 1, day - month.FirstDay + 1, month.Length, month.FirstWeekday);
            var first = new DateOnly(date.Year, date.Month, 1);
            Assert.Equal((date.Year, date.Month, date.Day, DateTime.DaysInMonth(date.Year, date.Month), (int)first.DayOfWeek), found);
            Assert.Equal((date.Month - 1, (month.Length - 28) * 7 + month.FirstWeekday), (month.OfYear, month.Shape));
        }
    }

    private static void AssertNext(string text, string after, string next)
    {
        DateTimeOffset? found = Fires.Schedule(text).NextAfter(Fires.At(after));
        Assert.Equal(next == "never" ? next : next + "+00:00", Fires.Text(found));
        Assert.Equal(found is not null, Fires.Schedule(text).FiresAfter(Fires.At(after).ToUnixTimeMilliseconds()));
    }
}
