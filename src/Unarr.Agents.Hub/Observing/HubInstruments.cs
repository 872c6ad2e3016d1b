using System.Diagnostics.Metrics;

namespace Unarr.Agents.Hub.Observing;

/// <summary>The hub's instruments, all on the meter of its own services' factory.</summary>
internal sealed class HubInstruments
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Unarr.Pipelines";

    private readonly UpDownCounter<long> _streams;
    private readonly UpDownCounter<long> _polls;
    private readonly Counter<long> _pushed;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _ended;
    private readonly Counter<long> _events;
    private readonly Counter<long> _storeFailures;
    private readonly Histogram<double> _syncDuration;
    private readonly Histogram<double> _controlDuration;
    private readonly Histogram<double> _handlerDuration;

    public HubInstruments(IMeterFactory meterFactory)
    {
        Meter meter = meterFactory.Create(MeterName, typeof(HubInstruments).Assembly.GetName().Version?.ToString(3));
        _streams = meter.CreateUpDownCounter<long>("unarr.hub.streams", "{stream}", "Event streams of agents that are open.");
        _polls = meter.CreateUpDownCounter<long>("unarr.hub.polls", "{poll}", "Long-polls of agents that are held.");
        _pushed = meter.CreateCounter<long>("unarr.hub.controls.pushed", "{control}", "Controls queued by pushes.");
        _refused = meter.CreateCounter<long>("unarr.hub.pushes.refused", "{push}", "Pushes to one agent that queued nothing.");
        _ended = meter.CreateCounter<long>("unarr.hub.controls.ended", "{control}", "Controls that ended, by their outcome.");
        _events = meter.CreateCounter<long>("unarr.hub.events", "{event}", "Events of the application, by whether a stream took them.");
        _storeFailures = meter.CreateCounter<long>("unarr.hub.store.failures", "{call}", "Calls of the store that failed.");
        _syncDuration = meter.CreateHistogram(
            "unarr.hub.sync.duration", "s", "Time from a sync's request to the end of its answer.",
            advice: Buckets(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30));
        _controlDuration = meter.CreateHistogram(
            "unarr.hub.control.duration", "s", "Time from a control's push to its end.",
            advice: Buckets(0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 3600, 86400));
        _handlerDuration = meter.CreateHistogram(
            "unarr.hub.handler.duration", "s", "Time that the application's handler took for a sync.",
            advice: Buckets(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30));
    }

    public void StreamOpened() => _streams.Add(1);

    public void StreamEnded() => _streams.Add(-1);

    public void PollHeld() => _polls.Add(1);

    public void PollEnded() => _polls.Add(-1);

    public void Pushed(int controls) => _pushed.Add(controls);

    public void Refused(PushStatus status) =>
        _refused.Add(1, new KeyValuePair<string, object?>("unarr.reason", status == PushStatus.Full ? "full" : "unknown_agent"));

    public void Ended(ControlRecord record)
    {
        if (!_ended.Enabled && !_controlDuration.Enabled)
        {
            return;
        }

        KeyValuePair<string, object?> outcome = new("unarr.outcome", NameOf(record.State));
        _ended.Add(1, outcome);
        if (record.Control.PushedAt is { } pushedAt)
        {
            _controlDuration.Record(Math.Max((record.ChangedAt - pushedAt).TotalSeconds, 0), outcome);
        }
    }

    public void EventSent(bool wasTaken) =>
        _events.Add(1, new KeyValuePair<string, object?>("unarr.outcome", wasTaken ? "taken" : "not_taken"));

    public void StoreFailed() => _storeFailures.Add(1);

    public void Synced(TimeSpan duration, int status)
    {
        if (_syncDuration.Enabled)
        {
            _syncDuration.Record(
                duration.TotalSeconds, new KeyValuePair<string, object?>("unarr.outcome", status == 200 ? "ok" : "failed"));
        }
    }

    public void Handled(TimeSpan duration) => _handlerDuration.Record(duration.TotalSeconds);

    private static string NameOf(ControlState state) => state switch
    {
        ControlState.Applied => "applied",
        ControlState.Failed => "failed",
        ControlState.Expired => "expired",
        ControlState.Withdrawn => "withdrawn",
        ControlState.HandedOut => "handed_out",
        _ => "other",
    };

    private static InstrumentAdvice<double> Buckets(params double[] boundaries) => new() { HistogramBucketBoundaries = boundaries };
}
