using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Unarr.EndToEnd.Tests.Agent;

/// <summary>A root, an authority under it, and a server's certificate of that one.</summary>
internal sealed class CertificateChain : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    private readonly X509Certificate2 _root;
    private readonly X509Certificate2 _intermediate;

    /// <param name="intermediateName">The name of the authority in the middle.</param>
    /// <param name="aia">Where the issuers' certificates are said to be.</param>
    /// <param name="usage">What the server's certificate is for (extended key usage).</param>
    /// <param name="intermediateUntil">Until when the authority in the middle is valid, from now.</param>
    /// <param name="isAuthority">Whether the one in the middle may sign certificates.</param>
    public CertificateChain(
        string intermediateName = "CN=Intermediate",
        string? aia = null,
        string usage = "1.3.6.1.5.5.7.3.1",
        TimeSpan? intermediateUntil = null,
        bool isAuthority = true)
    {
        _root = Make($"CN=Root {Guid.NewGuid():n}", null, TimeSpan.FromHours(1), isAuthority: true, null, null);
        _intermediate = Make(intermediateName, _root, intermediateUntil ?? TimeSpan.FromMinutes(50), isAuthority, aia, null);
        Server = Make("CN=Test server", _intermediate, TimeSpan.FromMinutes(30), isAuthority: false, aia, usage);
    }

    public X509Certificate2 Server { get; }

    public string RootPem => _root.ExportCertificatePem();

    public string IntermediatePem => _intermediate.ExportCertificatePem();

    public string ServerPem => Server.ExportCertificatePem();

    public X509Certificate2 Intermediate => _intermediate;

    public void Dispose()
    {
        Server.Dispose();
        _intermediate.Dispose();
        _root.Dispose();
    }

    private static X509Certificate2 Make(
        string name, X509Certificate2? issuer, TimeSpan until, bool isAuthority, string? aia, string? usage)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        if (aia is not null)
        {
            request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(ocspUris: null, caIssuersUris: [aia]));
        }

        if (usage is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        }

        if (issuer is null)
        {
            return request.CreateSelfSigned(Now.AddHours(-1), Now + until);
        }

        using ECDsa issuerKey = issuer.GetECDsaPrivateKey()!;
        using X509Certificate2 certificate = request.Create(
            issuer.SubjectName,
            X509SignatureGenerator.CreateForECDsa(issuerKey),
            Now.AddHours(-1),
            Now + until,
            RandomNumberGenerator.GetBytes(8));
        using X509Certificate2 withKey = certificate.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }
}
