using System.Text;
using Qschedd.Bench.Measure;
using Qschedd.Bench.Table;

namespace Qschedd.Bench.Systems;

/// <summary>
/// The distribution's cron in a mount namespace of its own, where its tables are ours: the machine's own are neither read nor touched.
/// </summary>
internal static class SystemCron
{
    private const string Script = """
        set -e
        mount --make-rprivate /
        mount --bind "$1/cron.d" /etc/cron.d
        mount --bind "$1/empty" /etc/crontab
        mount --bind "$1/spool" /var/spool/cron/crontabs
        mount --bind "$1/run" /run
        exec "$2" -f
        """;

    /// <summary>Null: cron is not there, or this user may not make a namespace.</summary>
    public static Child? TryStart(TempFolder folder, int jobs)
    {
        if (Host.Find("cron") is not { } cron || Host.Find("unshare") is not { } unshare || Environment.UserName != "root")
            return null;
        foreach (string name in new[] { "cron.d", "spool", "run" })
            Directory.CreateDirectory(folder.File(name));
        File.WriteAllText(folder.File("empty"), "");
        var table = new StringBuilder();
        for (int number = 1; number <= jobs; number++)
            table.Append(Crons.DailyForCron(number)).Append(" root /bin/true\n");
        File.WriteAllText(folder.File("cron.d/bench"), table.ToString());
        var utc = new Dictionary<string, string> { ["TZ"] = "UTC" };
        var child = Child.Start(unshare, ["-m", "sh", "-c", Script, "sh", folder.Path, cron], utc);
        child.IgnoreOutput();
        return child;
    }
}
