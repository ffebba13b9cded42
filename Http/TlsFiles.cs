using Qschedd.Engine.Model;

namespace Qschedd.Http;

/// <summary>What the files of a certificate look like from outside: enough to see that they, or the links to them, changed.</summary>
internal static class TlsFiles
{
    public static string Fingerprint(TlsSettings tls) => $"{Of(tls.Certificate)}\n{Of(tls.Key)}";

    private static string Of(string path)
    {
        try
        {
            var info = new FileInfo(path);
            if (info.LinkTarget is not null)
                info = info.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? info;
            return info.Exists ? $"{path}|{info.FullName}|{info.Length}|{info.LastWriteTimeUtc.Ticks}" : $"{path}|";
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return $"{path}|{fault.Message}"; // a look of its own: reading it will say the same
        }
    }
}
