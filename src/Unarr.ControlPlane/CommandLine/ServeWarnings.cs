using System.Net;
using Unarr.Agents.Hub.Lines;
using Unarr.ControlPlane.Keys;
using Unarr.ControlPlane.Lines;

namespace Unarr.ControlPlane.CommandLine;

/// <summary>What an operator should know of how the control plane is run.</summary>
internal sealed class ServeWarnings(ILogger<ServeWarnings> logger)
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
            ControlPlaneLog.KeysReadable(logger, Printable.Text(keyFile));
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
                ControlPlaneLog.PlainHttp(logger, Printable.Text(address.GetLeftPart(UriPartial.Authority)));
            }
        }
    }
}
