using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging.Abstractions;
using Unarr.Pipelines.AspNetCore;
using Unarr.Pipelines.Tests.Telemetry;
using Xunit;

namespace Unarr.Pipelines.Tests.AspNetCore;

/// <summary>What is measured of event streams, and that the document says so.</summary>
public sealed class EventStreamMetricsTests
{
    private readonly List<string> _measured = [];

    [Fact]
    public async Task Streams_and_events_are_counted_by_route()
    {
        using SseBroadcast broadcast = new();
        await using StreamServer server = await StreamServer.StartAsync((routes, _) => routes.MapEventStream("/b/{topic}", broadcast));
        using MeterListener listener = Listen(server);
        await using OpenStream stream = await server.OpenAsync("/b/7");
        await server.UntilAsync(() => broadcast.ReaderCount == 1);
        broadcast.Send("x"u8);
        broadcast.Dispose();
        Assert.Equal("message x", await stream.NextEventAsync());
        Assert.Null(await stream.NextEventAsync());
        await server.UntilAsync(() => Measured().Length == 4);
        Assert.Equal(
            [
                "unarr.sse.streams 1 http.route=/b/{topic}", "unarr.sse.events 1 http.route=/b/{topic}",
                "unarr.sse.streams -1 http.route=/b/{topic}", "unarr.sse.streams.ended 1 http.route=/b/{topic} unarr.reason=completed",
            ],
            Measured());
    }

    [Fact]
    public void Dropped_events_are_counted_by_policy()
    {
        using MeterFactory factory = new();
        using MeterListener listener = Listen(factory);
        EventStreamMeasures measures = new(factory, NullLogger.Instance, "/s");
        measures.Opened();
        measures.Dropped(SseOverflow.DropOldest);
        measures.Dropped(SseOverflow.DropNewest);
        Assert.Equal(
            [
                "unarr.sse.events.dropped 1 http.route=/s unarr.overflow=drop_oldest",
                "unarr.sse.events.dropped 1 http.route=/s unarr.overflow=drop_newest",
            ],
            Measured()[1..]);
    }

    [Fact]
    public void Instruments_are_those_of_the_documents_table_with_their_kinds_units_and_tags()
    {
        using MeasuredMetrics measured = new();
        EventStreamMeasures measures = new(measured, NullLogger.Instance, "/s");
        measures.Opened();
        measures.Sent(1);
        foreach (SseOverflow overflow in Enum.GetValues<SseOverflow>().Except([SseOverflow.Disconnect]))
        {
            measures.Dropped(overflow);
        }

        foreach (StreamEnd end in Enum.GetValues<StreamEnd>().Except([StreamEnd.None]))
        {
            measures.Ended(end, null);
        }

        measured.AssertAreExactly(DocumentedMetric.Read("send-events.md"));
        Assert.Equal(["Unarr.Pipelines.AspNetCore"], measured.Meters);
    }

    private MeterListener Listen(StreamServer server) =>
        Listen((IMeterFactory)server.Services.GetService(typeof(IMeterFactory))!);

    private MeterListener Listen(IMeterFactory factory)
    {
        MeterListener listener = new()
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Scope == factory && instrument.Meter.Name == "Unarr.Pipelines.AspNetCore")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            lock (_measured)
            {
                string[] shown = [.. tags.ToArray().Select(tag => $" {tag.Key}={tag.Value}")];
                _measured.Add($"{instrument.Name} {value}{string.Concat(shown)}");
            }
        });
        listener.Start();
        return listener;
    }

    private string[] Measured()
    {
        lock (_measured)
        {
            return [.. _measured];
        }
    }

    private sealed class MeterFactory : IMeterFactory
    {
        private readonly Dictionary<string, Meter> _meters = [];

        public Meter Create(MeterOptions options)
        {
            options.Scope = this;
            return _meters.TryGetValue(options.Name, out Meter? meter) ? meter : _meters[options.Name] = new Meter(options);
        }

        public void Dispose()
        {
            foreach (Meter meter in _meters.Values)
            {
                meter.Dispose();
            }
        }
    }
}
