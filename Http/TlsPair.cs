using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Qschedd.Engine.Model;

namespace Qschedd.Http;

/// <summary>A certificate with its chain and key, as clients are shown it. Immutable; connections that use it keep it.</summary>
/// <param name="Options">For the handshake.</param>
/// <param name="Subject">Whose it is.</param>
/// <param name="NotBefore">It counts from here.</param>
/// <param name="NotAfter">It counts to here.</param>
internal sealed record TlsPair(SslServerAuthenticationOptions Options, string Subject, DateTimeOffset NotBefore, DateTimeOffset NotAfter)
{
    private const int FileBytesMax = 1024 * 1024;

    /// <summary>The certificate file may hold the chain too: what follows the first goes to clients with it.</summary>
    /// <exception cref="IOException">It cannot be used; the message says why, in an operator's words.</exception>
    public static TlsPair Load(TlsSettings tls)
    {
        string certificatePem = Read(tls.Certificate), keyPem = Read(tls.Key);
        if (keyPem.Contains("ENCRYPTED", StringComparison.Ordinal))
            throw new IOException($"server.tls.key: {tls.Key} is encrypted, and nobody is there to type its pass phrase: write it out plain with 'openssl pkey', readable by the daemon alone");
        var chain = new X509Certificate2Collection();
        X509Certificate2 certificate = Parsed(tls.Certificate, "certificate", "a certificate in PEM form", () =>
        {
            chain.ImportFromPem(certificatePem);
            return chain.Count > 0 ? X509Certificate2.CreateFromPem(certificatePem) : throw new CryptographicException("it holds no CERTIFICATE block");
        });
        using X509Certificate2 own = certificate;
        X509Certificate2 pair = Parsed(tls.Key, "key", $"the private key, in PEM form, of the certificate {tls.Certificate}",
            () => X509Certificate2.CreateFromPem(certificatePem, keyPem));
        return new TlsPair(OptionsFor(pair, chain), pair.Subject, own.NotBefore, own.NotAfter);
    }

    /// <summary>Offline: a handshake must not wait for what a certificate's issuer publishes somewhere.</summary>
    private static SslServerAuthenticationOptions OptionsFor(X509Certificate2 pair, X509Certificate2Collection chain) => new()
    {
        ServerCertificateContext = SslStreamCertificateContext.Create(pair, chain, offline: true),
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ApplicationProtocols = [SslApplicationProtocol.Http11],
        ClientCertificateRequired = false,
    };

    private static string Read(string path)
    {
        try
        {
            return new FileInfo(path).Length <= FileBytesMax
                ? File.ReadAllText(path)
                : throw new IOException($"server.tls: {path} is too large for a PEM file");
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"server.tls: {path} cannot be read by this user: {e.Message}", e);
        }
    }

    private static X509Certificate2 Parsed(string path, string key, string expected, Func<X509Certificate2> parse)
    {
        try
        {
            return parse();
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new IOException($"server.tls.{key}: {path} is not {expected}: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }
}
