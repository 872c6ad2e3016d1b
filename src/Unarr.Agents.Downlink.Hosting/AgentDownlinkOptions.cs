using System.ComponentModel.DataAnnotations;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Pipelines.Sse;

namespace Unarr.Agents.Downlink.Hosting;

/// <summary>How an embedded downlink behaves; in configuration one key for each property. Checked when the host starts.</summary>
/// <remarks>Durations are written as <c>00:00:40</c> (hours, minutes, seconds).</remarks>
public sealed class AgentDownlinkOptions
{
    private const string Millisecond = "00:00:00.001";
    private const string Day = "1.00:00:00";
    private const int LeastBoundBytes = 16;
    private const int MostBoundBytes = 1 << 30;

    /// <summary>The control plane's base URLs, the primary first: <c>https</c>, or <c>http</c> to loopback. At least one.</summary>
    public IList<string> Servers { get; } = [];

    /// <summary>Whether <c>http</c> may go to hosts other than loopback, where everybody on the way can read the key. Default: no.</summary>
    public bool AllowInsecureHttp { get; set; }

    /// <summary>
    /// The file with the API key, read again for each request, so that a rotated key needs no restart. Required, unless an
    /// <see cref="IApiKeyProvider"/> is registered, which then comes first.
    /// </summary>
    public string? ApiKeyFile { get; set; }

    /// <summary>The agent's id, as the control plane knows it. Default: the host's name.</summary>
    [Required(ErrorMessage = "{0} must not be empty.")]
    public string AgentId { get; set; } = Environment.MachineName;

    /// <summary>The agent's name, for people. Default: the host's name.</summary>
    public string Name { get; set; } = Environment.MachineName;

    /// <summary>The application's version. Default: empty.</summary>
    public string Version { get; set; } = "";

    /// <summary>Which routes may be used: <c>Auto</c>, <c>Sse</c> or <c>Poll</c>. Default: <see cref="DownlinkMode.Auto"/>.</summary>
    public DownlinkMode Mode { get; set; } = DownlinkMode.Auto;

    /// <summary>Whether the long-poll runs beside a stream that is not proven (<c>Auto</c> only). Default: yes.</summary>
    public bool Hedging { get; set; } = true;

    /// <summary>Which version of HTTP to ask for: <c>Http11</c> or <c>Http2</c>. Default: <see cref="AgentDownlinkHttpVersion.Http11"/>.</summary>
    public AgentDownlinkHttpVersion HttpVersion { get; set; } = AgentDownlinkHttpVersion.Http11;

    /// <summary>How long each server has from the start of a connect to the response headers. Default: 10 seconds.</summary>
    [DurationRange(Millisecond, "00:05:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc cref="DownlinkOptions.LivenessTimeout"/>
    [DurationRange(Millisecond, Day)]
    public TimeSpan? LivenessTimeout { get; set; }

    /// <inheritdoc cref="DownlinkOptions.ReconnectDelay"/>
    [DurationRange(Millisecond, Day)]
    public TimeSpan ReconnectDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <inheritdoc cref="DownlinkOptions.MaxStreamFailures"/>
    [Range(1, 1000)]
    public int MaxStreamFailures { get; set; } = 3;

    /// <inheritdoc cref="DownlinkOptions.FallbackWindow"/>
    [DurationRange(Millisecond, Day)]
    public TimeSpan FallbackWindow { get; set; } = TimeSpan.FromMinutes(5);

    /// <inheritdoc cref="DownlinkOptions.PollRetryDelay"/>
    [DurationRange(Millisecond, Day)]
    public TimeSpan PollRetryDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <inheritdoc cref="DownlinkOptions.FirstFrameGrace"/>
    [DurationRange(Millisecond, Day)]
    public TimeSpan FirstFrameGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <inheritdoc cref="DownlinkOptions.SyncInterval"/>
    [DurationRange(Millisecond, Day)]
    public TimeSpan SyncInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc cref="DownlinkOptions.SyncIntervalWatching"/>
    [DurationRange(Millisecond, Day)]
    public TimeSpan SyncIntervalWatching { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// How long the last sync and the controls still at hand may take when the host stops. Default, and at most: 5 seconds; less where
    /// the host's own shutdown timeout is short: four fifths of it.
    /// </summary>
    [DurationRange(Millisecond, "00:00:05")]
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <inheritdoc cref="SseReaderOptions.MaxLineBytes"/>
    [Range(LeastBoundBytes, MostBoundBytes)]
    public int MaxLineBytes { get; set; } = 256 * 1024;

    /// <inheritdoc cref="SseReaderOptions.MaxEventBytes"/>
    [Range(LeastBoundBytes, MostBoundBytes)]
    public int MaxEventBytes { get; set; } = 1024 * 1024;

    /// <inheritdoc cref="DownlinkOptions.StateFile"/>
    public string? StateFile { get; set; }

    internal MirrorPool Mirrors(TimeProvider timeProvider) => new(Servers, AllowInsecureHttp, timeProvider);
}
