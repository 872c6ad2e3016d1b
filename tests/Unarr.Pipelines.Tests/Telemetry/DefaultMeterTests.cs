using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.Loader;
using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Observing;
using Xunit;

namespace Unarr.Pipelines.Tests.Telemetry;

/// <summary>A downlink with metrics of its own has no second meter beside them, which would show zeros. The library is loaded once more for
/// this: in this process the default meter is already made.</summary>
public sealed class DefaultMeterTests : IDisposable
{
    private readonly AssemblyLoadContext _fresh = new("fresh", isCollectible: true);
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<Meter, bool> _processMeters = new();

    public DefaultMeterTests()
    {
        Assert.NotNull(DownlinkInstruments.Default);
        _listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter is { Name: DownlinkMetrics.MeterName, Scope: null } meter)
            {
                _processMeters.TryAdd(meter, true);
            }
        };
        _listener.Start();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _fresh.Unload();
    }

    [Fact]
    public void Default_meter_is_made_when_it_is_used_and_not_beside_a_factorys()
    {
        using var recorded = new RecordedMetrics();
        Assembly library = _fresh.LoadFromAssemblyPath(typeof(DownlinkSettings).Assembly.Location);
        Type optionsType = library.GetType(typeof(DownlinkSettings).FullName!)!;
        Type metricsType = library.GetType(typeof(DownlinkInstruments).FullName!)!;
        object options = Activator.CreateInstance(optionsType)!;
        PropertyInfo metrics = optionsType.GetProperty(nameof(DownlinkSettings.Metrics))!;
        metrics.SetValue(options, metricsType.GetMethod(nameof(DownlinkInstruments.Of))!.Invoke(null, [recorded]));

        Assert.Equal(metricsType, metrics.GetValue(options)!.GetType());
        Assert.Single(_processMeters);

        Assert.NotNull(metrics.GetValue(Activator.CreateInstance(optionsType)));
        Assert.Equal(2, _processMeters.Count);
    }
}
