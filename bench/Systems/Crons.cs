using System.Globalization;

namespace Qschedd.Bench.Systems;

/// <summary>Expressions for many jobs of which none is due while they are measured.</summary>
internal static class Crons
{
    private static readonly int FarMonth = DateTime.UtcNow.AddMonths(6).Month;
    private static readonly int FarHour = DateTime.UtcNow.AddHours(8).Hour;

    /// <summary>Once a year, half a year from now, each at its own second.</summary>
    public static string Yearly(int number) => string.Create(
        CultureInfo.InvariantCulture, $"{Clock(number, number / 3600 % 24)} {number / 86_400 % 28 + 1} {FarMonth} ?");

    /// <summary>Once a day, within the three hours that begin eight hours from now.</summary>
    public static string Daily(int number) => $"{Clock(number, (number / 3600 + FarHour) % 24)} * * ?";

    /// <summary>The same minute in cron's own dialect.</summary>
    public static string DailyForCron(int number) => string.Create(
        CultureInfo.InvariantCulture, $"{number / 60 % 60} {(number / 3600 + FarHour) % 24} * * *");

    private static string Clock(int number, int hour) => string.Create(CultureInfo.InvariantCulture, $"{number % 60} {number / 60 % 60} {hour}");
}
