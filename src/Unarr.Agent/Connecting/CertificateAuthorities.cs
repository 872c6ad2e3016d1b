using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Unarr.CommandLine;

namespace Unarr.Agent.Connecting;

/// <summary>Certificate authorities that are trusted beside the system's.</summary>
internal sealed class CertificateAuthorities
{
    // Extended key usage id-kp-serverAuth (RFC 5280, section 4.2.1.12).
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    // Fifty times what a whole system's authorities take.
    private const int MaxBytes = 16 * 1024 * 1024;

    // What a chain is that ends below a root, or at one that the system does not know.
    private const X509ChainStatusFlags Unanchored = X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot;

    private readonly X509Certificate2Collection _authorities = [];

    /// <exception cref="UsageException">The file cannot be read, or holds no certificate.</exception>
    public CertificateAuthorities(string path)
    {
        try
        {
            _authorities.ImportFromPem(Encoding.UTF8.GetString(SmallFile.Read(path, MaxBytes)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable.File("certificate", path, exception);
        }
        catch (CryptographicException exception)
        {
            throw new UsageException($"'{path}' is not a PEM file of certificates: {exception.Message}", exception);
        }

        if (_authorities.Count == 0)
        {
            throw new UsageException($"'{path}' holds no certificate (PEM).");
        }
    }

    /// <summary>Accepts what the system accepts, and what leads up to one of these; the host's name must be right in both cases.</summary>
    /// <exception cref="AuthenticationException">It does not; the message tells why, which the runtime's own would not.</exception>
    public bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
        {
            return true;
        }

        if (certificate is not X509Certificate2 server)
        {
            throw new AuthenticationException("the server sent no certificate");
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            throw new AuthenticationException("the certificate is for another host");
        }

        using var further = new X509Chain
        {
            ChainPolicy =
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                // What nobody trusts yet names no address that is asked.
                DisableCertificateDownloads = true,
                ApplicationPolicy = { ServerAuthentication },
            },
        };
        further.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        if (chain is not null)
        {
            // The intermediate certificates that the server sent.
            further.ChainPolicy.ExtraStore.AddRange(chain.ChainPolicy.ExtraStore);
        }

        X509ChainStatusFlags problem = further.Build(server) ? X509ChainStatusFlags.NoError : Problem(further);
        return problem == X509ChainStatusFlags.NoError
            ? true
            : throw new AuthenticationException($"the certificate is not trusted: {problem}");
    }

    private static X509ChainStatusFlags Flags(IEnumerable<X509ChainStatus> statuses) =>
        statuses.Aggregate(X509ChainStatusFlags.NoError, (flags, status) => flags | status.Status);

    /// <summary>Any authority of the file is one: what is above it needs no trust, and what is below it must be right.</summary>
    private X509ChainStatusFlags Problem(X509Chain chain)
    {
        X509ChainStatusFlags problem = X509ChainStatusFlags.NoError;
        foreach (X509ChainElement element in chain.ChainElements)
        {
            problem |= Flags(element.ChainElementStatus) & ~Unanchored;
            if (IsAuthority(element.Certificate))
            {
                // The end of a chain without a root is not checked for its time.
                return IsInItsTime(element.Certificate, chain.ChainPolicy.VerificationTime)
                    ? problem
                    : problem | X509ChainStatusFlags.NotTimeValid;
            }
        }

        return Flags(chain.ChainStatus);
    }

    private static bool IsInItsTime(X509Certificate2 certificate, DateTime now) =>
        certificate.NotBefore <= now && now <= certificate.NotAfter;

    private bool IsAuthority(X509Certificate2 certificate) =>
        _authorities.Any(authority => authority.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span));
}
