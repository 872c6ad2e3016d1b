using System.Net;

namespace Unarr.Pipelines.Net;

/// <summary>A proxy as a variable of the environment writes it: <c>[scheme://][user[:password]@]host[:port]</c>.</summary>
/// <param name="Address">Where the proxy is, without user name and password.</param>
/// <param name="Credential">The user name and password, where the variable holds them.</param>
internal sealed record ProxyAddress(Uri Address, NetworkCredential? Credential)
{
    private const string Separator = "://";
    private const int HttpPort = 80;

    private static readonly Dictionary<string, int> DefaultPorts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["http"] = HttpPort,
        ["https"] = 443,
        ["socks4"] = 1080,
        ["socks4a"] = 1080,
        ["socks5"] = 1080,
    };

    /// <param name="variable">The variable's name.</param>
    /// <param name="value">The variable's value; not empty.</param>
    /// <exception cref="ProxyVariableException">The value names no proxy that can be used.</exception>
    public static ProxyAddress Parse(string variable, string value)
    {
        ProxyText.ThrowIfQuoted(variable, value);
        int separator = value.IndexOf(Separator, StringComparison.Ordinal);
        string scheme = separator < 0 ? "http" : value[..separator];
        if (!DefaultPorts.TryGetValue(scheme, out int port))
        {
            throw new ProxyVariableException(variable, SchemeProblem(scheme));
        }

        string rest = separator < 0 ? value : value[(separator + Separator.Length)..];
        // A password may be written raw, with any of these characters in it: the last one ends it.
        int at = rest.LastIndexOf('@');
        (string host, string portText) = Split(Authority(rest[(at + 1)..]));
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
        {
            throw new ProxyVariableException(variable, "it names no host.");
        }

        if (portText.Length > 0 && (!ushort.TryParse(portText, out ushort written) || (port = written) == 0))
        {
            throw new ProxyVariableException(variable, "its port is not a number from 1 to 65535.");
        }

        return new ProxyAddress(new UriBuilder(scheme, host, port).Uri, at < 0 ? null : Credentials(rest[..at]));
    }

    private static string Authority(string rest) => rest.IndexOfAny(['/', '?', '#']) is >= 0 and var end ? rest[..end] : rest;

    private static (string Host, string Port) Split(string authority)
    {
        int bracket = authority.IndexOf(']', StringComparison.Ordinal);
        int colon = authority.LastIndexOf(':');
        (string host, string port) = colon > bracket ? (authority[..colon], authority[(colon + 1)..]) : (authority, "");
        return (host, port);
    }

    private static string SchemeProblem(string scheme)
    {
        const string Known = "http, https, socks4, socks4a and socks5 are known";
        if (scheme.Equals("socks5h", StringComparison.OrdinalIgnoreCase))
        {
            return "socks5h is not known; write socks5, which leaves names to the proxy too.";
        }

        // What is not a scheme may be part of a password.
        return scheme.Length is > 0 and <= 16 && scheme.All(char.IsAsciiLetterOrDigit)
            ? $"the scheme {scheme} is not known; {Known}."
            : $"it has no scheme that is known; {Known}.";
    }

    private static NetworkCredential Credentials(string userInfo)
    {
        int colon = userInfo.IndexOf(':', StringComparison.Ordinal);
        string user = Uri.UnescapeDataString(colon < 0 ? userInfo : userInfo[..colon]);
        string password = colon < 0 ? "" : Uri.UnescapeDataString(userInfo[(colon + 1)..]);
        int domain = user.IndexOf('\\', StringComparison.Ordinal);
        return domain < 0
            ? new NetworkCredential(user, password)
            : new NetworkCredential(user[(domain + 1)..], password, user[..domain]);
    }
}
