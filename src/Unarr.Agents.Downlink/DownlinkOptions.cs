using Unarr.Pipelines.Sse;

namespace Unarr.Agents.Downlink;

/// <summary>How a downlink behaves. It holds data only: one class for code, configuration and command line.</summary>
/// <remarks>The constructor of <see cref="AgentDownlink"/> copies and checks the options. Durations may be 1 millisecond to 1 day long,
/// unless a property says otherwise; in configuration they are written as <c>00:00:40</c> (hours, minutes, seconds).</remarks>
public sealed class DownlinkOptions
{
    internal const string DefaultBasePath = "/api/internal/agent";

    /// <summary>The control plane's base URLs, the primary first: <c>https</c>, or <c>http</c> to loopback, without user name, query and
    /// fragment. At least one is required. Empty ones and repetitions are left out.</summary>
    public IList<Uri> Servers { get; set; } = [];

    /// <summary>The path under which each server has its endpoints: it begins with a slash, and has no query and no fragment; a slash at its
    /// end is dropped. Default: <c>/api/internal/agent</c>.</summary>
    public string BasePath { get; set; } = DefaultBasePath;

    /// <summary>Whether <c>http</c> may go to hosts other than loopback, where everybody on the way can read the key. Default:
    /// no.</summary>
    public bool AllowInsecureHttp { get; set; }

    /// <summary>
    /// The file with the API key: one line of visible ASCII characters, of which the first 8 KiB are read; white space around the key is
    /// dropped. It is read again for each request, so that a rotated key needs no restart. While it cannot be used, the last key stays in
    /// use and one warning is logged. Required, unless <see cref="DownlinkServices.GetApiKey"/> is set, which takes its place.
    /// </summary>
    public string? ApiKeyFile { get; set; }

    /// <summary>The agent's id, as the control plane knows it; not empty. Default: the host's name.</summary>
    public string AgentId { get; set; } = Environment.MachineName;

    /// <summary>The agent's name, for people. Default: the host's name.</summary>
    public string Name { get; set; } = Environment.MachineName;

    /// <summary>The application's version. Default: empty.</summary>
    public string Version { get; set; } = "";

    /// <summary>What <c>User-Agent</c> says: visible ASCII characters and spaces. Default, empty: <c>unarr-pipelines</c> and the library's
    /// version.</summary>
    public string UserAgent { get; set; } = "";

    /// <summary>
    /// Where the ids of settled controls (at least the last 4,096) are kept over restarts. Default, <see langword="null"/> or empty:
    /// nowhere. A regular file: it is appended to, and now and then replaced by one that is written next to it. It is written after the
    /// handler has returned: a kill between the two applies that control again. One downlink at a time has it, by a lock on
    /// <c>FILE.lock</c>.
    /// </summary>
    public string? StateFile { get; set; }

    /// <summary>Which routes may be used. Default: <see cref="DownlinkMode.Auto"/>.</summary>
    public DownlinkMode Mode { get; set; }

    /// <summary>Whether the long-poll runs alongside a stream that is not proven (<see cref="DownlinkMode.Auto"/> only). Default:
    /// yes.</summary>
    public bool Hedging { get; set; } = true;

    /// <summary>
    /// Whether requests carry what a server of the protocol's first version does not know: the header <c>Unarr-After</c> and the members
    /// <c>appliedControls</c> and <c>failedControls</c>. Default: yes. Without them each control is taken as it comes, its id is neither
    /// remembered nor acknowledged, and a server may apply one twice; <see cref="StateFile"/> cannot be used then.
    /// </summary>
    public bool Extensions { get; set; } = true;

    /// <summary>
    /// How long an open stream may be without a frame until it is dropped as unhealthy. Default, <see langword="null"/>: 40 seconds; with
    /// <see cref="Hedging"/> 2.5 heartbeat intervals once the interval is known.
    /// </summary>
    public TimeSpan? LivenessTimeout { get; set; }

    /// <summary>How long each server has to answer a sync or to open a stream: from the start of a connect to the response headers. At most
    /// 5 minutes. Default: 10 seconds.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>With <see cref="Hedging"/>: how long a stream may take from the start of its connect to its first frame until the
    /// long-poll is started alongside it. Default: 5 seconds.</summary>
    public TimeSpan FirstFrameGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long to wait until a stream is opened again. Default: 2 seconds.</summary>
    public TimeSpan ReconnectDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>After how many unhealthy streams in a row the long-poll takes over: 1 to 1,000,000. Default: 3.</summary>
    public int MaxStreamFailures { get; set; } = 3;

    /// <summary>How long the long-poll takes over until the stream is tried again. Default: 5 minutes.</summary>
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

    /// <summary>How long the controls at hand (four fifths of it) and the last sync may take when the downlink ends. Default:
    /// 5 seconds.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a line of the stream may be, in bytes: 16 to 1,073,741,824. Default: 256 KiB.</summary>
    public int MaxLineBytes { get; set; } = SseReaderOptions.Default.MaxLineBytes;

    /// <summary>How long an event's data may be, in bytes: 16 to 1,073,741,824. Default: 1 MiB.</summary>
    public int MaxEventBytes { get; set; } = SseReaderOptions.Default.MaxEventBytes;

    /// <summary>Returns a copy that shares nothing with these.</summary>
    internal DownlinkOptions Copy()
    {
        var copy = (DownlinkOptions)MemberwiseClone();
        copy.Servers = [.. Servers ?? []];
        return copy;
    }
}
