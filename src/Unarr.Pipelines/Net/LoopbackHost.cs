using System.Net;

namespace Unarr.Pipelines.Net;

/// <summary>Knows which hosts are this machine.</summary>
internal static class LoopbackHost
{
    /// <summary>Whether a URL's host is <c>127.0.0.0/8</c>, <c>::1</c>, <c>localhost</c> or a name under it.</summary>
    /// <param name="uri">The URL.</param>
    public static bool Is(Uri uri)
    {
        if (IPAddress.TryParse(uri.IdnHost, out IPAddress? address))
        {
            return IPAddress.IsLoopback(address);
        }

        ReadOnlySpan<char> name = uri.IdnHost.AsSpan().TrimEnd('.');
        // RFC 6761, section 6.3: "localhost." and any names falling within ".localhost.".
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
    }
}
