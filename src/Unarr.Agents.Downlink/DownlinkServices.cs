using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Pipelines.Net;

namespace Unarr.Agents.Downlink;

/// <summary>The services that a downlink uses. The downlink makes those that are <see langword="null"/> itself, and disposes them at its
/// end.</summary>
public sealed class DownlinkServices
{
    /// <summary>
    /// Returns the API key, in place of <see cref="DownlinkOptions.ApiKeyFile"/>: visible ASCII characters; white space around them is
    /// dropped. The downlink calls this function for every request, and again when the control plane refused the key. When it throws, the
    /// exchange fails with <see cref="DownlinkError.ApiKey"/>. Its exception must not quote the key.
    /// </summary>
    public Func<CancellationToken, ValueTask<string>>? GetApiKey { get; init; }

    /// <summary>
    /// Sends the requests for the event stream; the caller disposes it. It must follow no redirects, keep no cookies, decompress nothing
    /// and not buffer answers, as a handler of <see cref="CreateHandler"/>. When it is an <see cref="HttpClient"/>, its default version of
    /// HTTP is used, and its timeout must not be shorter than those of the options.
    /// </summary>
    public HttpMessageInvoker? StreamHttp { get; init; }

    /// <summary>Sends the requests for long-polls and syncs, under the same rules as <see cref="StreamHttp"/>. It must be another instance,
    /// because one dead connection must not cut both routes.</summary>
    public HttpMessageInvoker? RequestHttp { get; init; }

    /// <summary>The trigger with which the application asks for syncs. It must not belong to another downlink.</summary>
    public SyncTrigger? SyncTrigger { get; init; }

    /// <summary>The client with which the application asks the control plane's other endpoints. It must not belong to another
    /// downlink.</summary>
    public DownlinkClient? Client { get; init; }

    /// <summary>The clock of the downlink. Default: the system's clock.</summary>
    public TimeProvider? TimeProvider { get; init; }

    /// <summary>Makes the logger. Default: nothing is logged.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>Makes the meter (<see cref="DownlinkMetrics.MeterName"/>), once for all downlinks of this factory, and owns it. Default:
    /// one meter for the process.</summary>
    public IMeterFactory? MeterFactory { get; init; }

    /// <summary>Makes an HTTP handler that suits a stream: it follows no redirects, keeps no cookies, decompresses nothing, renews
    /// connections every 2 minutes, and connects within 10 seconds. The caller disposes it.</summary>
    /// <remarks>
    /// The handler tries all addresses of a host, 250 ms apart (RFC 8305). It uses the proxies of the environment (<c>http_proxy</c>,
    /// <c>https_proxy</c>, <c>all_proxy</c>, <c>no_proxy</c>), but none for loopback; set <see cref="SocketsHttpHandler.Proxy"/> to use
    /// another. Certificates cause no requests: the handler fetches neither missing authorities nor revocation lists; the chain policy of
    /// the TLS options can change that.
    /// </remarks>
    /// <exception cref="ProxyVariableException">A proxy variable holds a value that cannot be used.</exception>
    public static SocketsHttpHandler CreateHandler() => ControlPlaneClient.CreateHandler();
}
