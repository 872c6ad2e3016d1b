using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Unarr.EndToEnd.Tests.Agent;

/// <summary>A certificate authority that nobody knows, and the servers' certificates that it gives.</summary>
internal sealed class PrivateAuthority : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    private readonly X509Certificate2 _authority = MakeAuthority();

    /// <summary>Its own certificate (PEM).</summary>
    public string Pem => _authority.ExportCertificatePem();

    /// <summary>Makes the certificate of a server, with its key.</summary>
    /// <param name="address">For which address.</param>
    /// <param name="until">Until when, from now; in the past it has expired.</param>
    public X509Certificate2 Certify(string address = "127.0.0.1", TimeSpan? until = null)
    {
        using RSA key = RSA.Create(2048);
        var request = new CertificateRequest("CN=Test server", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Parse(address));
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.Create(
            _authority, Now.AddMinutes(-30), Now + (until ?? TimeSpan.FromMinutes(30)), RandomNumberGenerator.GetBytes(8));
        using X509Certificate2 withKey = certificate.CopyWithPrivateKey(key);

        // Some platforms serve no key that was never in a container.
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }

    public void Dispose() => _authority.Dispose();

    private static X509Certificate2 MakeAuthority()
    {
        using RSA key = RSA.Create(2048);
        var request = new CertificateRequest(
            $"CN=Test authority {Guid.NewGuid():n}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(Now.AddHours(-1), Now.AddHours(1));
    }
}
