using System.Diagnostics.Metrics;
using Xunit;

namespace Unarr.Pipelines.Tests.Telemetry;

/// <summary>A meter factory of the test's own: which instruments are made, and which values their tags have.</summary>
internal sealed class MeasuredMetrics : IMeterFactory
{
    private readonly Lock _gate = new();
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, Meter> _meters = [];
    private readonly Dictionary<string, Instrument> _instruments = [];
    private readonly Dictionary<string, SortedDictionary<string, SortedSet<string>>> _tags = [];

    public MeasuredMetrics()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == this)
            {
                _instruments.TryAdd(instrument.Name, instrument);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Note(instrument, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Note(instrument, tags));
        _listener.Start();
    }

    public IEnumerable<string> Meters => _meters.Keys;

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        return _meters.TryGetValue(options.Name, out Meter? meter) ? meter : _meters[options.Name] = new Meter(options);
    }

    /// <summary>Everything that was measured is in the rows, and everything in the rows was measured.</summary>
    /// <param name="rows">A document's.</param>
    public void AssertAreExactly(IEnumerable<DocumentedMetric> rows)
    {
        DocumentedMetric[] documented = [.. rows.OrderBy(row => row.Name, StringComparer.Ordinal)];
        Assert.Equal(
            documented.Select(row => (row.Name, row.Kind, row.Unit)),
            _instruments.Values.Select(instrument => (instrument.Name, Kind(instrument), instrument.Unit!)).Order());
        Assert.Equal(documented.Select(row => row.Name), _tags.Keys.Order(StringComparer.Ordinal));
        foreach (DocumentedMetric row in documented)
        {
            SortedDictionary<string, SortedSet<string>> measured = _tags[row.Name];
            Assert.Equal(row.Tags.Keys.Order(StringComparer.Ordinal), measured.Keys);
            foreach ((string tag, string[] values) in row.Tags.Where(tag => tag.Value.Length > 0))
            {
                Assert.Equal([row.Name, tag, .. values.Order(StringComparer.Ordinal)], [row.Name, tag, .. measured[tag]]);
            }
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (Meter meter in _meters.Values)
        {
            meter.Dispose();
        }
    }

    private static string Kind(Instrument instrument) => instrument switch
    {
        Histogram<double> => "histogram",
        Counter<long> => "counter",
        UpDownCounter<long> => "up-down counter",
        _ => instrument.GetType().Name,
    };

    private void Note(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_gate)
        {
            if (!_tags.TryGetValue(instrument.Name, out SortedDictionary<string, SortedSet<string>>? known))
            {
                _tags[instrument.Name] = known = new(StringComparer.Ordinal);
            }

            foreach (KeyValuePair<string, object?> tag in tags)
            {
                known.TryAdd(tag.Key, new(StringComparer.Ordinal));
                known[tag.Key].Add($"{tag.Value}");
            }
        }
    }
}
