using System.Globalization;
using System.Text;

namespace Qschedd.Cli.Run;

/// <summary>What the files of a configuration look like from outside: enough to see that somebody changed them.</summary>
internal static class ConfigFingerprint
{
    /// <param name="path">A file, or a directory of *.yaml.</param>
    /// <returns>Equal while nothing changed: names, lengths, times of the last write, and where links lead.</returns>
    public static string Of(string path)
    {
        try
        {
            return Look(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return fault.Message; // a look of its own: reading it will say the same
        }
    }

    private static string Look(string path)
    {
        var text = new StringBuilder();
        string[] files = Directory.Exists(path) ? Directory.GetFiles(path, "*.yaml") : [path];
        foreach (string file in files.Order(StringComparer.Ordinal))
            Append(text, file);
        return text.ToString();
    }

    private static void Append(StringBuilder text, string file)
    {
        var info = new FileInfo(file);
        if (info.LinkTarget is not null)
            info = info.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? info;
        text.Append(file).Append('|').Append(info.FullName).Append('|');
        if (info.Exists)
            text.Append(CultureInfo.InvariantCulture, $"{info.Length}|{info.LastWriteTimeUtc.Ticks}");
        text.Append('\n');
    }
}
