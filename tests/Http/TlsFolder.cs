using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Qschedd.Engine.Model;

namespace Qschedd.Tests.Http;

/// <summary>Certificates in files, laid out as certbot does: links that are turned to another generation.</summary>
internal sealed class TlsFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("qschedd-tls-").FullName;
    private int _generation;

    public TlsFolder() => Settings = new TlsSettings(Path.Combine(_path, "fullchain.pem"), Path.Combine(_path, "privkey.pem"));

    public TlsSettings Settings { get; }

    /// <summary>Writes a new pair and turns both links to it.</summary>
    public TlsFolder Issue(string name, DateTimeOffset? notAfter = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Turn(Settings.Certificate, CertificatePem(name, key, notAfter));
        Turn(Settings.Key, key.ExportPkcs8PrivateKeyPem());
        return this;
    }

    /// <summary>A certificate whose key is another's.</summary>
    public void IssueMismatched(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Turn(Settings.Certificate, CertificatePem(name, key, null));
    }

    public void EncryptKey()
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(Settings.Key));
        Turn(Settings.Key, key.ExportEncryptedPkcs8PrivateKeyPem("pass", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));
    }

    public void Write(string certificate) => Turn(Settings.Certificate, certificate);

    public void Dispose() => Directory.Delete(_path, recursive: true);

    private static string CertificatePem(string name, ECDsa key, DateTimeOffset? notAfter)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var end = notAfter ?? TestServer.Now.AddYears(10);
        using X509Certificate2 certificate = request.CreateSelfSigned(end.AddYears(-20), end);
        return certificate.ExportCertificatePem();
    }

    private void Turn(string link, string text)
    {
        string file = Path.Combine(_path, $"{Path.GetFileName(link)}.{++_generation}");
        File.WriteAllText(file, text);
        File.CreateSymbolicLink(link + ".new", file);
        File.Move(link + ".new", link, overwrite: true);
    }
}
