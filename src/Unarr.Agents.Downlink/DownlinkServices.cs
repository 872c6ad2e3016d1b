using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Pipelines.Net;

namespace Unarr.Agents.Downlink;

/// <summary>What a downlink works with. What is <see langword="null"/> it makes itself, and disposes of when it has ended.</summary>
public sealed class DownlinkServices
{
    /// <summary>
    /// Returns the API key, in place of <see cref="DownlinkOptions.ApiKeyFile"/>: visible ASCII characters; white space around them is
    /// dropped. It is called for every request, and again when the control plane refused the key. An exception of it makes the exchange
    /// fail with <see cref="DownlinkError.ApiKey"/>; it must not quote the key.
    /// </summary>
    public Func<CancellationToken, ValueTask<string>>? GetApiKey { get; init; }

    /// <summary>
    /// Sends the requests for the event stream; the caller disposes it. It must follow no redirects, keep no cookies, decompress nothing
    /// and not buffer answers, as a handler of <see cref="CreateHandler"/>. For a <see cref="HttpClient"/> its default version of HTTP
    /// holds, and its timeout must not be shorter than those of the options.
    /// </summary>
    public HttpMessageInvoker? StreamHttp { get; init; }

    /// <summary>Sends the requests for long-polls and syncs, as <see cref="StreamHttp"/>; never the same instance as that: one dead
    /// connection must not cut both routes.</summary>
    public HttpMessageInvoker? RequestHttp { get; init; }

    /// <summary>The trigger that is shared with those who ask for syncs; one that belongs to no other downlink.</summary>
    public SyncTrigger? SyncTrigger { get; init; }

    /// <summary>The client that is shared with those who ask the control plane's other endpoints; one that belongs to no other
    /// downlink.</summary>
    public DownlinkClient? Client { get; init; }

    /// <summary>The clock of all that the downlink does. Default: the system's.</summary>
    public TimeProvider? TimeProvider { get; init; }

    /// <summary>Makes the logger. Default: nothing is logged.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>Makes the meter (<see cref="DownlinkMetrics.MeterName"/>), once for all downlinks of this factory, and owns it. Default: a
    /// meter of the process.</summary>
    public IMeterFactory? MeterFactory { get; init; }

    /// <summary>Makes a handler with what a stream needs: no redirects, no cookies, no decompression, connections renewed every 2 minutes,
    /// 10 seconds for a connect.</summary>
    /// <remarks>
    /// All addresses of a host are tried, 250 ms apart (RFC 8305). Proxies are those of the environment (<c>http_proxy</c>,
    /// <c>https_proxy</c>,
    /// <c>all_proxy</c>, <c>no_proxy</c>), never for loopback; set <see cref="SocketsHttpHandler.Proxy"/> for another.
    /// Certificates cause no requests: neither missing authorities nor revocation lists are fetched; the chain policy of the TLS options
    /// changes that.
    /// </remarks>
    /// <exception cref="ProxyVariableException">A proxy variable holds what cannot be used.</exception>
    public static SocketsHttpHandler CreateHandler() => ControlPlaneClient.CreateHandler();
}
