using System.Globalization;

namespace Qschedd.Tests.EndToEnd;

/// <summary>What a process holds of the host.</summary>
/// <param name="KiB">Resident memory.</param>
/// <param name="Files">Sockets and files; 0 where another user's are not shown (the daemon closes itself to all but root).</param>
internal readonly record struct HostFigures(int KiB, int Files)
{
    public static HostFigures Of(int pid) => new(
        int.Parse(File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("VmRSS", StringComparison.Ordinal)).Split(' ')[^2], CultureInfo.InvariantCulture),
        FilesOf(pid));

    public override string ToString() => $"{KiB / 1024} MiB and {Files} descriptors";

    private static int FilesOf(int pid)
    {
        try
        {
            return Directory.GetFiles($"/proc/{pid}/fd").Length;
        }
        catch (UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
