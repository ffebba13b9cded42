namespace Qschedd.Tests.Engine.Cron;

/// <summary>Random expressions that both Quartz and qschedd take.</summary>
internal sealed class ExpressionGenerator(Random random)
{
    private static readonly string[] Months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    private static readonly string[] Weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    public string Next()
    {
        bool byWeekday = random.Next(5) < 2;
        string[] fields =
        [
            random.Next(4) == 0 ? List(0, 59) : "0",
            random.Next(6) == 0 ? "0" : List(0, 59),
            List(0, 23),
            byWeekday ? "?" : DayOfMonth(),
            random.Next(3) == 0 ? Month() : "*",
            byWeekday ? DayOfWeek() : "?",
        ];
        string year = random.Next(12) == 0 ? " " + Year() : "";
        return string.Join(' ', fields) + year;
    }

    private string List(int min, int max) =>
        string.Join(',', Enumerable.Range(0, random.Next(8) == 0 ? random.Next(2, 5) : 1).Select(_ => Item(min, max)));

    private string Item(int min, int max) => random.Next(7) switch
    {
        0 => "*",
        1 => $"*/{Step(max)}",
        2 => $"{Value(min, max)}/{Step(max)}",
        3 => $"{Value(min, max)}-{Value(min, max)}",
        4 => $"{Value(min, max)}-{Value(min, max)}/{Step(max)}",
        _ => $"{Value(min, max)}",
    };

    private string DayOfMonth() => random.Next(12) switch
    {
        0 => "L",
        1 => "LW",
        2 => $"L-{random.Next(1, 31)}",
        3 => $"{Value(1, 31)}W",
        4 => $"L-{random.Next(1, 31)}W",
        5 => $"{Value(1, 31)},{Value(1, 31)},L",
        6 => $"{Value(1, 31)},LW",
        7 => $"{Value(1, 31)}W,{Value(1, 31)}",
        _ => List(1, 31),
    };

    private string DayOfWeek() => random.Next(9) switch
    {
        0 => "L",
        1 => $"{Weekday()}L",
        2 or 3 => $"{Weekday()}#{random.Next(1, 6)}",
        4 => $"{Weekdays[random.Next(7)]}-{Weekdays[random.Next(7)]}",
        5 => $"{Weekdays[random.Next(7)]},{Weekdays[random.Next(7)]}",
        _ => List(1, 7),
    };

    private string Month() => random.Next(4) switch
    {
        0 => Months[random.Next(12)],
        1 => $"{Months[random.Next(12)]}-{Months[random.Next(12)]}",
        _ => List(1, 12),
    };

    private string Year()
    {
        int year = random.Next(1990, 2090);
        return random.Next(3) switch
        {
            0 => $"{year}-{year + random.Next(20)}",
            1 => $"{year}/{random.Next(1, 10)}",
            _ => $"{year},{year + random.Next(9)}",
        };
    }

    private string Weekday() => random.Next(2) == 0 ? Weekdays[random.Next(7)] : $"{random.Next(1, 8)}";

    private int Value(int min, int max) => random.Next(min, max + 1);

    private int Step(int max) => random.Next(1, max + 1);
}
