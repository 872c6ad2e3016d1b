using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Unarr.Agents.Downlink.Observing;

namespace Unarr.Pipelines.Tests.Telemetry;

/// <summary>A meter of the test's own, and all that is measured on it.</summary>
internal sealed class RecordedMetrics : IMeterFactory
{
    private readonly ConcurrentQueue<(string Name, string Tags, double Value)> _measured = new();
    private readonly MeterListener _listener = new();
    private readonly List<Meter> _meters = [];

    public RecordedMetrics()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == this)
            {
                Instruments.Enqueue(instrument);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.Start();
    }

    public ConcurrentQueue<Instrument> Instruments { get; } = new();

    /// <summary>What was measured with a tag that the documents do not tell of.</summary>
    public ConcurrentQueue<string> Undocumented { get; } = new();

    /// <summary>Everything that was measured, as text.</summary>
    public IEnumerable<string> Lines => _measured.Select(measured => $"{measured.Name}{{{measured.Tags}}} {measured.Value}");

    public Meter Create(MeterOptions options)
    {
        var meter = new Meter(new MeterOptions(options.Name) { Version = options.Version, Scope = this });
        _meters.Add(meter);
        return meter;
    }

    /// <summary>The values of one instrument under tags such as <c>unarr.event.type=sync</c>, in order.</summary>
    public double[] Values(string name, string tags = "") =>
        [.. from measured in _measured where measured.Name == name && measured.Tags == tags select measured.Value];

    public double Sum(string name, string tags = "") => Values(name, tags).Sum();

    /// <summary>What an observed instrument shows now.</summary>
    public double Observe(string name, string tags = "")
    {
        _listener.RecordObservableInstruments();
        return Values(name, tags)[^1];
    }

    public DownlinkInstruments Metrics() => DownlinkInstruments.Of(this);

    public void Dispose()
    {
        _listener.Dispose();
        _meters.ForEach(meter => meter.Dispose());
    }

    private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        DocumentedMetric? documented = DocumentedMetric.All.GetValueOrDefault(instrument.Name);
        foreach (KeyValuePair<string, object?> tag in tags)
        {
            if (documented?.Knows(tag) != true)
            {
                Undocumented.Enqueue($"{instrument.Name}: {tag}");
            }
        }

        if (documented is not null && documented.Tags.Count != tags.Length)
        {
            Undocumented.Enqueue($"{instrument.Name}: {tags.Length} tags, documented are {documented.Tags.Count}");
        }

        _measured.Enqueue((instrument.Name, string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}")), value));
    }
}
