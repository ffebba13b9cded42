using System.Globalization;
using System.Runtime.InteropServices;

namespace Qschedd.Engine.Model;

/// <summary>What follows of who may change a file; neither: all is well.</summary>
/// <param name="Fault">It must not be used; in an operator's words, with what to type.</param>
/// <param name="Warning">It may be used, and an operator should look at it.</param>
internal readonly record struct FileVerdict(string? Fault, string? Warning);

/// <summary>
/// Which files may say what the daemon runs. Whoever can write the configuration has commands run as the daemon's user, so neither it
/// nor its directory may be writable by every user, nor belong to anybody but root and that user:
/// <code>
/// owner is neither root nor the daemon's user            refused
/// writable by all                                        refused; a directory with the sticky bit (/tmp) is left to its files' owners
/// writable by a group                                    a warning; none for root's group and the daemon's own (umask 002 of a checkout)
/// itself a mount, and read-only (a container's)          taken
/// </code>
/// </summary>
/// <param name="User">The daemon's.</param>
/// <param name="Group">The daemon's.</param>
/// <param name="Caller">Who called it by sudo: he could be root anyway.</param>
internal sealed partial record FileTrust(uint User, uint Group, uint? Caller = null)
{
    public static FileTrust OfProcess()
    {
        uint user = geteuid();
        bool bySudo = uint.TryParse(Environment.GetEnvironmentVariable("SUDO_UID"), NumberStyles.None, CultureInfo.InvariantCulture, out uint caller);
        return new FileTrust(user, getegid(), user == 0 && bySudo ? caller : null);
    }

    /// <summary>The file, the directory that it stands in, and where it is a link, both of what it leads to. One not there is no fault.</summary>
    public FileVerdict Judge(string path)
    {
        path = Path.GetFullPath(path);
        if (FileFacts.Of(path, followLinks: false) is not { } facts)
            return JudgeDirectory(path);
        FileVerdict verdict = Either(Judge(path, facts), JudgeDirectory(path));
        if (!facts.IsLink || TargetOf(path) is not { } target || FileFacts.Of(target) is not { } targetFacts)
            return verdict;
        return Either(verdict, Either(Judge(target, targetFacts), JudgeDirectory(target)));
    }

    public FileVerdict Judge(string path, FileFacts facts)
    {
        if (facts.IsMountedReadOnly)
            return default;
        if (facts.User != 0 && facts.User != User && facts.User != Caller)
            return new($"{path} belongs to user {facts.User}, who is neither root nor the daemon's own user and could change it at any time: "
                + $"type 'chown {(facts.IsLink ? "-h " : "")}{OwnName} {Quoted(path)}'", null);
        if (facts.IsSticky)
            return default;
        if (facts.IsOtherWritable)
            return new($"{path} can be written by every user of this host: type 'chmod o-w {Quoted(path)}'", null);
        return facts.IsGroupWritable && facts.Group != 0 && facts.Group != Group
            ? new(null, $"{path} can be written by everybody in group {facts.Group}: where that is not meant, type 'chmod g-w {Quoted(path)}'")
            : default;
    }

    private string OwnName => User == 0 ? "root" : string.IsNullOrEmpty(Environment.UserName) ? $"{User}" : Environment.UserName;

    private FileVerdict JudgeDirectory(string path) =>
        Path.GetDirectoryName(path) is { } directory && FileFacts.Of(directory) is { } facts ? Judge(directory, facts) : default;

    private static FileVerdict Either(FileVerdict first, FileVerdict second) =>
        new(first.Fault ?? second.Fault, first.Warning ?? second.Warning);

    private static string? TargetOf(string link)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: true)?.FullName;
        }
        catch (IOException)
        {
            // A circle, or an end that is not there: opening the file says so.
            return null;
        }
    }

    /// <summary>For a shell.</summary>
    private static string Quoted(string path) =>
        path.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '_' or '-') ? path : $"\"{path}\"";

    [LibraryImport("libc")]
    private static partial uint geteuid();

    [LibraryImport("libc")]
    private static partial uint getegid();
}
