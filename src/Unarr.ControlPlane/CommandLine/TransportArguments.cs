using System.CommandLine;
using Unarr.CommandLine;
using Unarr.ControlPlane.Hosting;

namespace Unarr.ControlPlane.CommandLine;

/// <summary>Where the control plane listens, and how clients reach it.</summary>
internal static class TransportArguments
{
    private const string DefaultAddress = "127.0.0.1:8080";

    private static readonly Option<string?> Urls = UrlsArgument.Option("--urls", $"http://{DefaultAddress}");

    private static readonly Option<string?> Certificate = new("--certificate")
    {
        Description = "The server's certificate in PEM, followed by those between it and the root; it is read again when it changes. "
            + "[default: none, no https]",
        HelpName = "FILE",
    };

    private static readonly Option<string?> CertificateKey = new("--certificate-key")
    {
        Description = "The certificate's key in PEM. [default: it is in the certificate's file]",
        HelpName = "FILE",
    };

    private static readonly Option<string[]> TrustedProxy = ProxyArgument.Option();

    public static IEnumerable<Option> All => [Urls, Certificate, CertificateKey, TrustedProxy];

    /// <exception cref="UsageException">The addresses do not fit the certificate.</exception>
    public static string[] UrlsOf(LayeredOptions options)
    {
        bool hasCertificate = options.Get(Certificate) is not null;
        string[] urls = UrlsArgument.Split(options.Get(Urls) ?? $"{(hasCertificate ? "https" : "http")}://{DefaultAddress}");
        return Array.Exists(urls, UrlsArgument.IsHttps) == hasCertificate ? urls : throw new UsageException(
            hasCertificate ? "--certificate: no address of --urls is https." : "--urls: https needs --certificate and --certificate-key.");
    }

    /// <returns>The certificate; <see langword="null"/> where there is none.</returns>
    /// <exception cref="UsageException">It cannot be used.</exception>
    public static ServerCertificate? CertificateOf(LayeredOptions options) =>
        (options.Get(Certificate), options.Get(CertificateKey)) switch
        {
            (null, null) => null,
            (null, _) => throw new UsageException("--certificate-key: this needs --certificate."),
            ({ } certificate, var key) => ServerCertificate.Open(certificate, key ?? certificate, TimeProvider.System),
        };

    public static IReadOnlyList<System.Net.IPNetwork> ProxiesOf(LayeredOptions options) =>
        ProxyArgument.Networks(options.Get(TrustedProxy));
}
