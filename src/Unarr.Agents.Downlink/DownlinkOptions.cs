using Unarr.Pipelines.Sse;

namespace Unarr.Agents.Downlink;

/// <summary>The options of a downlink, for code, configuration and command line alike. The class holds data only.</summary>
/// <remarks>The constructor of <see cref="AgentDownlink"/> copies and checks the options. A duration is between 1 millisecond and 1 day,
/// unless a property says otherwise; configuration writes it as <c>00:00:40</c> (hours, minutes, seconds).</remarks>
public sealed class DownlinkOptions
{
    internal const string DefaultBasePath = "/api/internal/agent";

    /// <summary>The base URLs of the control plane's mirrors, the primary first: <c>https</c>, or <c>http</c> to loopback, without user
    /// name, query and fragment. At least one is required. Empty and repeated URLs are left out.</summary>
    public IList<Uri> Servers { get; set; } = [];

    /// <summary>The path under which each server has its endpoints. It begins with a slash and has no query and no fragment; a slash at its
    /// end is dropped. Default: <c>/api/internal/agent</c>.</summary>
    public string BasePath { get; set; } = DefaultBasePath;

    /// <summary>Whether <c>http</c> is allowed to hosts other than loopback, although everybody on the way can read the key. Default:
    /// no.</summary>
    public bool AllowInsecureHttp { get; set; }

    /// <summary>
    /// The file with the API key: one line of visible ASCII characters. The downlink reads its first 8 KiB, and drops white space around
    /// the key. It reads the file again for each request, so a rotated key needs no restart. While the file cannot be used, the last key
    /// stays in use, and one warning is logged. The file is required, unless <see cref="DownlinkServices.GetApiKey"/> is set, which
    /// replaces it.
    /// </summary>
    public string? ApiKeyFile { get; set; }

    /// <summary>The agent's id, as the control plane knows it; not empty. Default: the host's name.</summary>
    public string AgentId { get; set; } = Environment.MachineName;

    /// <summary>The agent's name, for people. Default: the host's name.</summary>
    public string Name { get; set; } = Environment.MachineName;

    /// <summary>The application's version. Default: empty.</summary>
    public string Version { get; set; } = "";

    /// <summary>The value of the header <c>User-Agent</c>: visible ASCII characters and spaces. Default, empty: <c>unarr-pipelines</c> and
    /// the library's version.</summary>
    public string UserAgent { get; set; } = "";

    /// <summary>
    /// The file that keeps the ids of settled controls (at least the last 4,096) over restarts. Default, <see langword="null"/> or empty:
    /// there is no file. It is a regular file: the downlink appends to it, and now and then replaces it by one that it writes next to it.
    /// It writes after the handler has returned: when the process is killed in between, the control is applied again. Only one downlink at
    /// a time can use the file; it locks <c>FILE.lock</c>.
    /// </summary>
    public string? StateFile { get; set; }

    /// <summary>The routes that the downlink may use. Default: <see cref="DownlinkMode.Auto"/>.</summary>
    public DownlinkMode Mode { get; set; }

    /// <summary>Whether the long-poll runs alongside a stream that is not proven (<see cref="DownlinkMode.Auto"/> only). Default:
    /// yes.</summary>
    public bool Hedging { get; set; } = true;

    /// <summary>
    /// Whether requests carry what a server of the protocol's first version does not know: the header <c>Unarr-After</c> and the members
    /// <c>appliedControls</c> and <c>failedControls</c>. Default: yes. Without them the agent takes each control as it comes, and neither
    /// remembers nor acknowledges its id, so a control may be applied twice; <see cref="StateFile"/> cannot be used then.
    /// </summary>
    public bool Extensions { get; set; } = true;

    /// <summary>
    /// How long an open stream may be without a frame before it is dropped as unhealthy. Default, <see langword="null"/>: 40 seconds; with
    /// <see cref="Hedging"/>, 2.5 heartbeat intervals once the interval is known.
    /// </summary>
    public TimeSpan? LivenessTimeout { get; set; }

    /// <summary>How long each server has to answer a sync or to open a stream, from the start of connecting to the response headers. At
    /// most 5 minutes. Default: 10 seconds.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>With <see cref="Hedging"/>: how long a stream may take from the start of connecting to its first frame before the
    /// long-poll starts alongside it. Default: 5 seconds.</summary>
    public TimeSpan FirstFrameGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long to wait before a stream is opened again. Default: 2 seconds.</summary>
    public TimeSpan ReconnectDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>After how many unhealthy streams in a row the long-poll takes over: 1 to 1,000,000. Default: 3.</summary>
    public int MaxStreamFailures { get; set; } = 3;

    /// <summary>How long the long-poll runs alone before a stream is tried again: the window. Default: 5 minutes.</summary>
    public TimeSpan FallbackWindow { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a long-poll may stay unanswered, once connected (the server holds it for up to 28 seconds). Default:
    /// 35 seconds.</summary>
    public TimeSpan WakeTimeout { get; set; } = TimeSpan.FromSeconds(35);

    /// <summary>How long to wait after a long-poll that failed. Default: 2 seconds.</summary>
    public TimeSpan PollRetryDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How often to sync. Default: 10 seconds.</summary>
    public TimeSpan SyncInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often to sync while somebody is watching. Default: 3 seconds.</summary>
    public TimeSpan SyncIntervalWatching { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a sync may take, all servers included. Default: 30 seconds.</summary>
    public TimeSpan SyncTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the controls at hand and the last sync may take when the downlink ends; the controls have four fifths of this
    /// time. Default: 5 seconds.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest line of the stream, in bytes: 16 to 1,073,741,824. Default: 256 KiB.</summary>
    public int MaxLineBytes { get; set; } = SseReaderOptions.Default.MaxLineBytes;

    /// <summary>The longest data of an event, in bytes: 16 to 1,073,741,824. Default: 1 MiB.</summary>
    public int MaxEventBytes { get; set; } = SseReaderOptions.Default.MaxEventBytes;

    /// <summary>Returns a copy that shares nothing with these.</summary>
    internal DownlinkOptions Copy()
    {
        var copy = (DownlinkOptions)MemberwiseClone();
        copy.Servers = [.. Servers ?? []];
        return copy;
    }
}
