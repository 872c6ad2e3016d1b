using System.Diagnostics.Metrics;
using Unarr.Agents.Downlink.Observing;

namespace Unarr.Agents.Downlink;

/// <summary>The downlinks' metrics: one meter, of which <c>docs/observability.md</c> lists the instruments.</summary>
/// <remarks>
/// Instruments cost next to nothing while nobody listens, and what comes on a stream is counted once a read, not once a frame. The
/// values of every tag are few and known beforehand; what a peer names never becomes one.
/// </remarks>
public sealed class DownlinkMetrics
{
    /// <summary>The meter's name: <c>Unarr.Pipelines</c>.</summary>
    public const string MeterName = "Unarr.Pipelines";

    private static readonly Lazy<DownlinkMetrics> OnProcessMeter =
        new(() => new DownlinkMetrics(new Meter(MeterName, DownlinkActivities.Version)));

    private readonly Lock _gate = new();
    private readonly HashSet<CoverRecord> _running = [];
    private TimeSpan _blindBefore;

    /// <summary>Makes the instruments on a meter of the given factory.</summary>
    /// <param name="meterFactory">Makes the meter and owns it.</param>
    public DownlinkMetrics(IMeterFactory meterFactory)
        : this(MeterOf(meterFactory))
    {
    }

    private DownlinkMetrics(Meter meter)
    {
        Frames = meter.CreateCounter<long>("unarr.downlink.frames", "{frame}", "Frames (events and comments) received on event streams.");
        Bytes = meter.CreateCounter<long>("unarr.downlink.io", "By", "Bytes received on event streams.");
        Events = meter.CreateCounter<long>("unarr.downlink.events", "{event}", "Events received on event streams, by type.");
        Reconnects = meter.CreateCounter<long>("unarr.downlink.reconnects", "{reconnect}", "Streams opened again, by how the one before ended.");
        Dropped = meter.CreateCounter<long>("unarr.downlink.payloads.dropped", "{payload}", "Commands dropped because their payload does not parse.");
        Controls = meter.CreateCounter<long>("unarr.downlink.controls", "{control}", "Controls received, by what became of them.");
        HandlerDuration = meter.CreateHistogram("unarr.downlink.handler.duration", "s", "Time that the handler took for a control.", advice: Buckets(
            0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60));
        DeliveryLag = meter.CreateHistogram("unarr.downlink.delivery.lag", "s", "Time from a control's push to its handler, where the server stamps the push.", advice: Buckets(
            0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 20, 40, 120, 600));
        PollDuration = meter.CreateHistogram("unarr.downlink.poll.duration", "s", "Round trip of a long-poll.", advice: Buckets(
            0.05, 0.1, 0.5, 1, 2.5, 5, 10, 15, 20, 25, 28, 30, 45));
        SyncDuration = meter.CreateHistogram("unarr.downlink.sync.duration", "s", "Round trip of a sync.", advice: Buckets(
            0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30));
        meter.CreateObservableGauge("unarr.downlink.route", Routes, "{downlink}", "Downlinks that have the route now.");
        meter.CreateObservableCounter("unarr.downlink.blind.time", BlindSeconds, "s", "Time in which no push could reach a running downlink.");
    }

    /// <summary>The metrics on a meter of the process's own, for use without a meter factory.</summary>
    /// <remarks>The meter is made at the first use: one that nobody uses would show zeros to a tool that looks for it by its name.</remarks>
    public static DownlinkMetrics Default => OnProcessMeter.Value;

    internal Counter<long> Frames { get; }

    internal Counter<long> Bytes { get; }

    internal Counter<long> Events { get; }

    internal Counter<long> Reconnects { get; }

    internal Counter<long> Dropped { get; }

    internal Counter<long> Controls { get; }

    internal Histogram<double> HandlerDuration { get; }

    internal Histogram<double> DeliveryLag { get; }

    internal Histogram<double> PollDuration { get; }

    internal Histogram<double> SyncDuration { get; }

    /// <summary>A downlink runs: its route and its blind time are seen from now on.</summary>
    internal void Begin(CoverRecord cover)
    {
        lock (_gate)
        {
            _running.Add(cover);
        }
    }

    /// <summary>A downlink has ended: its blind time stays counted.</summary>
    internal void End(CoverRecord cover)
    {
        lock (_gate)
        {
            if (_running.Remove(cover))
            {
                _blindBefore += cover.Blind;
            }
        }
    }

    private static Meter MeterOf(IMeterFactory meterFactory)
    {
        ArgumentNullException.ThrowIfNull(meterFactory);
        return meterFactory.Create(MeterName, DownlinkActivities.Version);
    }

    private static InstrumentAdvice<double> Buckets(params double[] boundaries) => new() { HistogramBucketBoundaries = boundaries };

    private Measurement<int>[] Routes()
    {
        lock (_gate)
        {
            return [Route(DownlinkRoute.Sse, "sse"), Route(DownlinkRoute.Poll, "poll"), new(_running.Count(cover => cover.Route == 0), Tag("none"))];
        }

        Measurement<int> Route(DownlinkRoute route, string name) => new(_running.Count(cover => cover.Route.HasFlag(route)), Tag(name));

        static KeyValuePair<string, object?> Tag(string name) => new("unarr.route", name);
    }

    private double BlindSeconds()
    {
        lock (_gate)
        {
            return _running.Aggregate(_blindBefore, (sum, cover) => sum + cover.Blind).TotalSeconds;
        }
    }
}
