using System.Net;
using Unarr.Agents.Hub.Lines;
using Unarr.ControlPlane.Keys;

namespace Unarr.ControlPlane.CommandLine;

/// <summary>What an operator should know of how the control plane is run.</summary>
internal sealed partial class ServeWarnings(ILogger<ServeWarnings> logger)
{
    // systemd's copies of credentials are for the service alone, whatever the mode says: a list of users is part of it.
    private const string CredentialsVariable = "CREDENTIALS_DIRECTORY";

    /// <summary>Warns when others than its owner can read the keys file.</summary>
    public void AboutKeys(string keyFile)
    {
        string path = Path.GetFullPath(keyFile);
        string? credentials = Environment.GetEnvironmentVariable(CredentialsVariable);
        bool isCredential = !string.IsNullOrEmpty(credentials)
            && path.StartsWith(credentials.TrimEnd('/') + '/', StringComparison.Ordinal);
        if (!isCredential && KeyFileMode.IsReadableByOthers(path))
        {
            LogReadable(Printable.Text(keyFile));
        }
    }

    /// <summary>Warns of each address on which keys are sent in clear over a network, unless a proxy in front is known.</summary>
    public void AboutAddresses(IEnumerable<Uri> addresses, bool hasTrustedProxies)
    {
        foreach (Uri address in addresses)
        {
            bool isLoopback = address.IsLoopback
                || (IPAddress.TryParse(address.Host.Trim('[', ']'), out IPAddress? ip) && IPAddress.IsLoopback(ip));
            if (address.Scheme == Uri.UriSchemeHttp && !isLoopback && !hasTrustedProxies)
            {
                LogClear(Printable.Text(address.GetLeftPart(UriPartial.Authority)));
            }
        }
    }

    [LoggerMessage(80, LogLevel.Warning, "The keys file '{File}' can be read by others than its owner: chmod 600")]
    private partial void LogReadable(string file);

    [LoggerMessage(81, LogLevel.Warning,
        "{Address} is plain http, and not loopback: whoever is on the way can read the keys. Use --certificate, or a proxy that ends TLS "
        + "and --trusted-proxy")]
    private partial void LogClear(string address);
}
