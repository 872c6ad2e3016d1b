using System.Runtime.CompilerServices;

namespace Unarr.Agents.Downlink;

/// <summary>How a downlink behaves. Every duration must be longer than zero and at most a day.</summary>
public sealed record DownlinkOptions
{
    /// <summary>The agent's id, as the control plane knows it.</summary>
    public required string AgentId { get; init; }

    /// <summary>The agent's name, for people. Default: the host's name.</summary>
    public string Name { get; init; } = Environment.MachineName;

    /// <summary>The application's version. Default: empty.</summary>
    public string Version { get; init; } = "";

    /// <summary>Which routes may be used. Default: <see cref="DownlinkMode.Auto"/>.</summary>
    public DownlinkMode Mode { get; init; } = DownlinkMode.Auto;

    /// <summary>
    /// How long an open stream may be without a frame before it is dropped as unhealthy. Default, <see langword="null"/>: 40 seconds; with
    /// <see cref="Hedging"/> 2.5 heartbeat intervals once the interval was told or learnt.
    /// </summary>
    public TimeSpan? LivenessTimeout { get; init => field = value is { } time ? Checked(time) : null; }

    /// <summary>How long to wait before a stream is opened again. Default: 2 seconds.</summary>
    public TimeSpan ReconnectDelay { get; init => field = Checked(value); } = TimeSpan.FromSeconds(2);

    /// <summary>After how many unhealthy streams in a row the long-poll takes over. Default: 3.</summary>
    public int MaxStreamFailures
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(MaxStreamFailures));
            field = value;
        }
    } = 3;

    /// <summary>How long the long-poll takes over before the stream is tried again. Default: 5 minutes.</summary>
    public TimeSpan FallbackWindow { get; init => field = Checked(value); } = TimeSpan.FromMinutes(5);

    /// <summary>How long to wait after a long-poll that failed. Default: 2 seconds.</summary>
    public TimeSpan PollRetryDelay { get; init => field = Checked(value); } = TimeSpan.FromSeconds(2);

    /// <summary>Whether the long-poll runs beside a stream that is not proven (<see cref="DownlinkMode.Auto"/> only). Default: yes.</summary>
    public bool Hedging { get; init; } = true;

    /// <summary>With <see cref="Hedging"/>: how long a stream may take from the start of its connect to its first frame before the
    /// long-poll is started beside it. Default: 5 seconds.</summary>
    public TimeSpan FirstFrameGrace { get; init => field = Checked(value); } = TimeSpan.FromSeconds(5);

    /// <summary>How often to sync. Default: 10 seconds.</summary>
    public TimeSpan SyncInterval { get; init => field = Checked(value); } = TimeSpan.FromSeconds(10);

    /// <summary>How often to sync while somebody is watching. Default: 3 seconds.</summary>
    public TimeSpan SyncIntervalWatching { get; init => field = Checked(value); } = TimeSpan.FromSeconds(3);

    /// <summary>How long the controls still at hand (four fifths of it) and the last sync may take when the downlink is ended. Default: 5 seconds.</summary>
    public TimeSpan ShutdownTimeout { get; init => field = Checked(value); } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Where the ids of settled controls (at least the last 4,096) are kept over restarts. Default: nowhere. A regular file: it is
    /// appended to, and now and then replaced by one that is written next to it. It is written after the handler has returned: a kill
    /// between the two applies that control once more. One downlink at a time has it, by a lock on <c>FILE.lock</c>.
    /// </summary>
    public string? StateFile { get; init; }

    /// <summary>Where time comes from. Default: the system's clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where it is measured. Default: <see cref="DownlinkMetrics.Default"/>.</summary>
    public DownlinkMetrics Metrics { get => field ?? DownlinkMetrics.Default; init; }

    /// <summary>Uniform random numbers in [0, 1), for jitter.</summary>
    internal Func<double> Random { get; init; } = System.Random.Shared.NextDouble;

    private static TimeSpan Checked(TimeSpan value, [CallerMemberName] string name = "")
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromDays(1), name);
        return value;
    }
}
