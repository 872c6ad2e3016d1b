using System.Net;

namespace Unarr.Pipelines.Net;

/// <summary>The proxies that the environment names: <c>http_proxy</c>, <c>https_proxy</c>, <c>all_proxy</c>, <c>no_proxy</c>.</summary>
/// <remarks>
/// Lower case comes before upper case, a protocol's own variable before <c>all_proxy</c>, as curl and the runtime have it. The runtime's
/// own reading ignores what it does not know, and knows fewer forms of <c>no_proxy</c>.
/// </remarks>
internal sealed class VariableProxy : IWebProxy, ICredentials
{
    private static readonly char[] Separators = [',', ' ', '\t', '\r', '\n'];

    private readonly ProxyAddress? _http;
    private readonly ProxyAddress? _https;
    private readonly NoProxyEntry[] _bypassed;
    private ICredentials? _credentials;

    private VariableProxy(ProxyAddress? http, ProxyAddress? https, NoProxyEntry[] bypassed)
    {
        _http = http;
        _https = https;
        _bypassed = bypassed;
        _credentials = http?.Credential is null && https?.Credential is null ? null : this;
    }

    public ICredentials? Credentials
    {
        get => _credentials;
        set => _credentials = value;
    }

    /// <param name="environment">Yields a variable's value.</param>
    /// <returns><see langword="null"/> when no variable names a proxy.</returns>
    /// <exception cref="ProxyVariableException">A variable holds what cannot be used.</exception>
    public static VariableProxy? Read(Func<string, string?> environment)
    {
        // A web server passes a request's header "Proxy" to a program as HTTP_PROXY (httpoxy).
        ProxyAddress? http = Of("http_proxy") ?? (environment("GATEWAY_INTERFACE") is null ? Of("HTTP_PROXY") : null);
        ProxyAddress? https = Of("https_proxy") ?? Of("HTTPS_PROXY");
        if (http is null || https is null)
        {
            ProxyAddress? all = Of("all_proxy") ?? Of("ALL_PROXY");
            http ??= all;
            https ??= all;
        }

        return http is null && https is null ? null : new VariableProxy(http, https, Bypassed("no_proxy") ?? Bypassed("NO_PROXY") ?? []);

        ProxyAddress? Of(string variable) => Text(variable) is { } value ? ProxyAddress.Parse(variable, value) : null;

        string? Text(string variable) => environment(variable)?.Trim() is { Length: > 0 } value ? value : null;

        NoProxyEntry[]? Bypassed(string variable)
        {
            if (Text(variable) is not { } value)
            {
                return null;
            }

            ProxyText.ThrowIfQuoted(variable, value);
            return [.. value.Split(Separators, StringSplitOptions.RemoveEmptyEntries).Select(entry => new NoProxyEntry(entry))];
        }
    }

    public Uri? GetProxy(Uri destination) => (destination.Scheme == Uri.UriSchemeHttp ? _http : _https)?.Address;

    public bool IsBypassed(Uri host) => GetProxy(host) is null || _bypassed.Any(entry => entry.Matches(host));

    public NetworkCredential? GetCredential(Uri uri, string authType) =>
        uri == _http?.Address ? _http.Credential : uri == _https?.Address ? _https.Credential : null;
}
