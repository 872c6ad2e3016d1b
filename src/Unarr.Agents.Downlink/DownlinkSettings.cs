using Unarr.Agents.Downlink.Observing;

namespace Unarr.Agents.Downlink;

/// <summary>What the rooms of a downlink go by: a checked copy of the options, with clock, instruments and chance.</summary>
internal sealed record DownlinkSettings
{
    private static readonly DownlinkOptions Default = new();

    public required string AgentId { get; init; }

    public string Name { get; init; } = Default.Name;

    public string Version { get; init; } = Default.Version;

    public DownlinkMode Mode { get; init; } = Default.Mode;

    public bool Hedging { get; init; } = Default.Hedging;

    public bool Extensions { get; init; } = Default.Extensions;

    public TimeSpan? LivenessTimeout { get; init; } = Default.LivenessTimeout;

    public TimeSpan FirstFrameGrace { get; init; } = Default.FirstFrameGrace;

    public TimeSpan ReconnectDelay { get; init; } = Default.ReconnectDelay;

    public int MaxStreamFailures { get; init; } = Default.MaxStreamFailures;

    public TimeSpan FallbackWindow { get; init; } = Default.FallbackWindow;

    public TimeSpan PollRetryDelay { get; init; } = Default.PollRetryDelay;

    public TimeSpan SyncInterval { get; init; } = Default.SyncInterval;

    public TimeSpan SyncIntervalWatching { get; init; } = Default.SyncIntervalWatching;

    public TimeSpan ShutdownTimeout { get; init; } = Default.ShutdownTimeout;

    public string? StateFile { get; init; } = Default.StateFile;

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where it is measured. Default: the process's own meter.</summary>
    public DownlinkInstruments Metrics { get => field ?? DownlinkInstruments.Default; init; }

    /// <summary>Uniform random numbers in [0, 1), for jitter.</summary>
    public Func<double> Random { get; init; } = System.Random.Shared.NextDouble;

    /// <param name="options">The options, which were checked.</param>
    /// <param name="services">What the downlink works with.</param>
    public static DownlinkSettings Of(DownlinkOptions options, DownlinkServices services) => new()
    {
        AgentId = options.AgentId,
        Name = options.Name,
        Version = options.Version,
        Mode = options.Mode,
        Hedging = options.Hedging,
        Extensions = options.Extensions,
        LivenessTimeout = options.LivenessTimeout,
        FirstFrameGrace = options.FirstFrameGrace,
        ReconnectDelay = options.ReconnectDelay,
        MaxStreamFailures = options.MaxStreamFailures,
        FallbackWindow = options.FallbackWindow,
        PollRetryDelay = options.PollRetryDelay,
        SyncInterval = options.SyncInterval,
        SyncIntervalWatching = options.SyncIntervalWatching,
        ShutdownTimeout = options.ShutdownTimeout,
        StateFile = string.IsNullOrEmpty(options.StateFile) ? null : options.StateFile,
        TimeProvider = services.TimeProvider ?? TimeProvider.System,
        Metrics = DownlinkInstruments.Of(services.MeterFactory),
    };
}
