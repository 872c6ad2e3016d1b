using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Unarr.Pipelines.AspNetCore;

/// <summary>What is measured and logged of one event stream.</summary>
internal sealed partial class EventStreamMeasures(IMeterFactory? meters, ILogger logger, string endpoint)
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Unarr.Pipelines.AspNetCore";

    // The factory keeps the meter, and the meter its instruments: nothing is made twice.
    private readonly Meter? _meter = meters?.Create(MeterName);
    private readonly KeyValuePair<string, object?> _route = new("http.route", endpoint);

    private Counter<long>? _sent;
    private Counter<long>? _dropped;
    private UpDownCounter<long>? _open;

    public void Opened()
    {
        _sent = _meter?.CreateCounter<long>("unarr.sse.events", "{event}", "Events written to readers.");
        _dropped = _meter?.CreateCounter<long>("unarr.sse.events.dropped", "{event}", "Events dropped for readers that were too slow.");
        _open = _meter?.CreateUpDownCounter<long>("unarr.sse.streams", "{stream}", "Event streams that are open.");
        _open?.Add(1, _route);
        LogOpened(endpoint);
    }

    public void Sent(int events) => _sent?.Add(events, _route);

    public void Dropped(SseOverflow overflow) => _dropped?.Add(
        1, _route, new KeyValuePair<string, object?>("unarr.overflow", overflow == SseOverflow.DropOldest ? "drop_oldest" : "drop_newest"));

    public void Ended(StreamEnd end, Exception? failure)
    {
        _open?.Add(-1, _route);
        _meter?.CreateCounter<long>("unarr.sse.streams.ended", "{stream}", "Event streams that ended, by reason.")
            .Add(1, _route, new KeyValuePair<string, object?>("unarr.reason", Word(end)));
        if (end is StreamEnd.Stuck or StreamEnd.Overflow)
        {
            LogCut(endpoint, Word(end));
        }
        else
        {
            // The server logs what the application threw.
            LogEnded(end == StreamEnd.Failed ? null : failure, endpoint, Word(end));
        }
    }

    /// <summary>Logs what the application threw after its stream had ended.</summary>
    public void FailedLate(Exception failure) => LogFailedLate(failure, endpoint);

    private static string Word(StreamEnd end) => end switch
    {
        StreamEnd.Completed => "completed",
        StreamEnd.Gone => "gone",
        StreamEnd.Stopping => "stopping",
        StreamEnd.Stuck => "stuck",
        StreamEnd.Overflow => "overflow",
        _ => "failed",
    };

    [LoggerMessage(130, LogLevel.Debug, "An event stream of {Endpoint} was opened")]
    private partial void LogOpened(string endpoint);

    [LoggerMessage(131, LogLevel.Debug, "An event stream of {Endpoint} ended: {Reason}")]
    private partial void LogEnded(Exception? failure, string endpoint, string reason);

    [LoggerMessage(132, LogLevel.Information, "An event stream of {Endpoint} was cut, because its reader is too slow: {Reason}")]
    private partial void LogCut(string endpoint, string reason);

    [LoggerMessage(133, LogLevel.Warning, "The events of {Endpoint} failed after their stream had ended")]
    private partial void LogFailedLate(Exception failure, string endpoint);
}
