using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Unarr.CommandLine;

namespace Unarr.Agent.Running;

/// <summary>Certificate authorities that are trusted beside the system's.</summary>
internal sealed class CertificateAuthorities
{
    // Extended key usage id-kp-serverAuth (RFC 5280, section 4.2.1.12).
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    // Fifty times what a whole system's authorities take.
    private const int MaxBytes = 16 * 1024 * 1024;

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
            throw new AuthenticationException("the server has shown no certificate");
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
                ApplicationPolicy = { ServerAuthentication },
            },
        };
        further.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        if (chain is not null)
        {
            // The intermediate certificates that the server sent.
            further.ChainPolicy.ExtraStore.AddRange(chain.ChainPolicy.ExtraStore);
        }

        return further.Build(server)
            ? true
            : throw new AuthenticationException($"the certificate is not trusted: {string.Join(", ", further.ChainStatus.Select(status => status.Status))}");
    }
}
