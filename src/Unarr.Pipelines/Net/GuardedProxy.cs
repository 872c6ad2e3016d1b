using System.Net;

namespace Unarr.Pipelines.Net;

/// <summary>Keeps loopback from every proxy, and reports to an exchange which proxy it uses.</summary>
/// <param name="inner">Chooses the proxy.</param>
internal sealed class GuardedProxy(IWebProxy inner) : IWebProxy
{
    public ICredentials? Credentials
    {
        get => inner.Credentials;
        set => inner.Credentials = value;
    }

    /// <summary>Takes the application's <see cref="HttpClient.DefaultProxy"/> where it has set one; else the environment's variables; else
    /// the system's settings.</summary>
    /// <param name="environment">Yields a variable's value.</param>
    /// <exception cref="ProxyVariableException">A variable holds what cannot be used.</exception>
    public static GuardedProxy Of(Func<string, string?> environment)
    {
        IWebProxy configured = HttpClient.DefaultProxy;
        bool isOfTheRuntime = configured.GetType().Assembly == typeof(HttpClient).Assembly;
        return new GuardedProxy(isOfTheRuntime ? VariableProxy.Read(environment) ?? configured : configured);
    }

    public bool IsBypassed(Uri host) => LoopbackHost.Is(host) || inner.IsBypassed(host);

    public Uri? GetProxy(Uri destination)
    {
        Uri? proxy = IsBypassed(destination) ? null : inner.GetProxy(destination);
        if (proxy is { UserInfo.Length: > 0 })
        {
            // The runtime quotes the proxy's URL in its messages.
            proxy = new UriBuilder(proxy) { UserName = "", Password = "" }.Uri;
        }

        ProxyTrace.Note(proxy);
        return proxy;
    }
}
