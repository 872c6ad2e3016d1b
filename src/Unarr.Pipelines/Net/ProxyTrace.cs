namespace Unarr.Pipelines.Net;

/// <summary>Notes which proxy a request takes.</summary>
/// <remarks>A failure may be the proxy's fault, and the runtime does not always name it.</remarks>
internal sealed class ProxyTrace
{
    private static readonly AsyncLocal<ProxyTrace?> Current = new();

    /// <summary>The proxy, without user name and password; <see langword="null"/> when the request takes none.</summary>
    public Uri? Proxy { get; private set; }

    /// <summary>Begins to trace what the calling method sends from now on.</summary>
    public static ProxyTrace Begin() => Current.Value = new ProxyTrace();

    /// <summary>Notes the proxy of the request under way.</summary>
    public static void Note(Uri? proxy)
    {
        if (Current.Value is { } trace)
        {
            trace.Proxy = proxy;
        }
    }
}
