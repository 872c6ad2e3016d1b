using System.Security.Cryptography.X509Certificates;

namespace Unarr.EndToEnd.Tests.Middleboxes;

/// <summary>A server's certificate and key as a server's configuration wants them (PEM).</summary>
internal sealed record PrivateCertificate(string Certificate, string Key)
{
    public static PrivateCertificate Of(X509Certificate2 certificate) =>
        new(certificate.ExportCertificatePem(), certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
}
