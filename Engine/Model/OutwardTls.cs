using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Qschedd.Engine.Model;

/// <summary>How the daemon as a client judges a server's certificate: by what the server sends and what the host trusts, nothing else.</summary>
internal static class OutwardTls
{
    /// <summary>
    /// A certificate that the server leaves out of its chain is not downloaded, as by most clients: that is done while the thread
    /// waits, and here it is one that others' answers come by.
    /// </summary>
    public static SslClientAuthenticationOptions Options() => new()
    {
        CertificateChainPolicy = new X509ChainPolicy
        {
            DisableCertificateDownloads = true,
            RevocationMode = X509RevocationMode.NoCheck,
        },
    };
}
