using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace Unarr.Agents.Downlink.Observing;

/// <summary>The instruments of one meter, for all downlinks that are measured by it. Thread-safe.</summary>
internal sealed class DownlinkInstruments
{
    private static readonly ConditionalWeakTable<IMeterFactory, DownlinkInstruments> OnFactories = [];

    private static readonly Lazy<DownlinkInstruments> OnProcessMeter =
        new(() => new DownlinkInstruments(new Meter(DownlinkMetrics.MeterName, DownlinkActivities.Version)));

    private readonly Lock _gate = new();
    private readonly HashSet<CoverRecord> _running = [];
    private TimeSpan _blindBefore;

    private DownlinkInstruments(Meter meter)
    {
        Frames = meter.CreateCounter<long>("unarr.downlink.frames", "{frame}", "Frames (events and comments) received on event streams.");
        Bytes = meter.CreateCounter<long>("unarr.downlink.io", "By", "Bytes received on event streams.");
        Events = meter.CreateCounter<long>("unarr.downlink.events", "{event}", "Events received on event streams, by type.");
        Reconnects = meter.CreateCounter<long>(
            "unarr.downlink.reconnects", "{reconnect}", "Streams opened again, by how the one before ended.");
        Dropped = meter.CreateCounter<long>(
            "unarr.downlink.payloads.dropped", "{payload}", "Commands dropped because their payload does not parse.");
        Controls = meter.CreateCounter<long>("unarr.downlink.controls", "{control}", "Controls received, by what became of them.");
        HandlerDuration = meter.CreateHistogram("unarr.downlink.handler.duration", "s", "Time that the handler took for a control.",
            advice: Buckets(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60));
        DeliveryLag = meter.CreateHistogram(
            "unarr.downlink.delivery.lag", "s",
            "Time from a control's push to its handler, where the server stamps the push.",
            advice: Buckets(0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 20, 40, 120, 600));
        PollDuration = meter.CreateHistogram("unarr.downlink.poll.duration", "s", "Round trip of a long-poll.", advice: Buckets(
            0.05, 0.1, 0.5, 1, 2.5, 5, 10, 15, 20, 25, 28, 30, 45));
        SyncDuration = meter.CreateHistogram("unarr.downlink.sync.duration", "s", "Round trip of a sync.", advice: Buckets(
            0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30));
        meter.CreateObservableGauge("unarr.downlink.route", Routes, "{downlink}", "Downlinks that have the route now.");
        meter.CreateObservableCounter(
            "unarr.downlink.blind.time", BlindSeconds, "s", "Time in which no push could reach a running downlink.");
    }

    /// <summary>The metrics on a meter of the process's own, for use without a meter factory.</summary>
    /// <remarks>The meter is made at the first use: one that nobody uses would show zeros to a tool that looks for it by its
    /// name.</remarks>
    public static DownlinkInstruments Default => OnProcessMeter.Value;

    /// <summary>Those on a factory's meter, made once: a gauge that is made twice is shown twice.</summary>
    public static DownlinkInstruments Of(IMeterFactory? meterFactory) => meterFactory is null
        ? Default
        : OnFactories.GetValue(
            meterFactory, factory => new DownlinkInstruments(factory.Create(DownlinkMetrics.MeterName, DownlinkActivities.Version)));

    public Counter<long> Frames { get; }

    public Counter<long> Bytes { get; }

    public Counter<long> Events { get; }

    public Counter<long> Reconnects { get; }

    public Counter<long> Dropped { get; }

    public Counter<long> Controls { get; }

    public Histogram<double> HandlerDuration { get; }

    public Histogram<double> DeliveryLag { get; }

    public Histogram<double> PollDuration { get; }

    public Histogram<double> SyncDuration { get; }

    /// <summary>A downlink runs: its route and its blind time are seen from now on.</summary>
    public void Begin(CoverRecord cover)
    {
        lock (_gate)
        {
            _running.Add(cover);
        }
    }

    /// <summary>A downlink has ended: its blind time stays counted.</summary>
    public void End(CoverRecord cover)
    {
        lock (_gate)
        {
            if (_running.Remove(cover))
            {
                _blindBefore += cover.Blind;
            }
        }
    }

    private static InstrumentAdvice<double> Buckets(params double[] boundaries) => new() { HistogramBucketBoundaries = boundaries };

    private Measurement<int>[] Routes()
    {
        lock (_gate)
        {
            return [Route(DownlinkRoutes.Stream), Route(DownlinkRoutes.LongPoll),
                new(_running.Count(cover => cover.Routes == DownlinkRoutes.None), Tag(DownlinkRoutes.None))];
        }

        Measurement<int> Route(DownlinkRoutes route) => new(_running.Count(cover => cover.Routes.HasFlag(route)), Tag(route));

        static KeyValuePair<string, object?> Tag(DownlinkRoutes route) => new("unarr.route", DownlinkWords.Of(route));
    }

    private double BlindSeconds()
    {
        lock (_gate)
        {
            return _running.Aggregate(_blindBefore, (sum, cover) => sum + cover.Blind).TotalSeconds;
        }
    }
}
