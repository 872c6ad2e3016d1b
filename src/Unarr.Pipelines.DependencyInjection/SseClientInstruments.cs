using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Unarr.Pipelines.Hosting;

/// <summary>The metrics of all clients of a host.</summary>
internal sealed class SseClientInstruments
{
    public SseClientInstruments(IMeterFactory meters)
    {
        Meter meter = meters.Create(SseClientMetrics.MeterName);
        Attempts = meter.CreateCounter<long>("unarr.sse.attempts", "{attempt}", "Attempts to open an event stream.");
        Reconnects = meter.CreateCounter<long>("unarr.sse.reconnects", "{reconnect}", "Attempts that follow another one, by its end.");
        Bytes = meter.CreateCounter<long>("unarr.sse.io", "By", "Bytes received on event streams.");
        Events = meter.CreateCounter<long>("unarr.sse.events", "{event}", "Events taken from event streams.");
        Idle = meter.CreateHistogram<double>("unarr.sse.idle.duration", "s", "Time that an open stream was silent before bytes came.");
    }

    public static ActivitySource Activities { get; } = new(SseClientMetrics.ActivitySourceName);

    public Counter<long> Attempts { get; }

    public Counter<long> Reconnects { get; }

    public Counter<long> Bytes { get; }

    public Counter<long> Events { get; }

    public Histogram<double> Idle { get; }
}
