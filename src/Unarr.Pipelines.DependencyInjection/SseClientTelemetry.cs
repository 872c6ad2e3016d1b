using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Hosting;

/// <summary>Reports what one client does: log lines, metrics, and an activity for each connection.</summary>
internal sealed class SseClientTelemetry(string name, SseClientInstruments instruments, ILogger logger) : SseClientObserver
{
    private Activity? _activity;
    private AttemptEnd _lastEnd;
    private long _events;

    private KeyValuePair<string, object?> Name => new("sse.client.name", name);

    public override void AttemptBegan(int number, HttpMethod method, Uri? uri)
    {
        instruments.Attempts.Add(1, Name);
        if (number > 1)
        {
            instruments.Reconnects.Add(1, Name, new("unarr.reason", Word(_lastEnd)));
        }

        Interlocked.Exchange(ref _events, 0);
        Activity? activity = SseClientInstruments.Activities.StartActivity("sse.stream", ActivityKind.Client);
        activity?.SetTag("sse.client.name", name);
        activity?.SetTag("sse.attempt", number);
        activity?.SetTag("http.request.method", method.Method);
        activity?.SetTag("url.full", uri?.ToString());
        _activity = activity;
    }

    public override void Opened(int number)
    {
        _activity?.AddEvent(new ActivityEvent("open"));
        SseClientLog.Opened(logger, name, number);
    }

    public override void BytesRead(int bytes, TimeSpan waited)
    {
        instruments.Bytes.Add(bytes, Name);
        instruments.Idle.Record(waited.TotalSeconds, Name);
    }

    public override void EventsTaken(long events)
    {
        instruments.Events.Add(events, Name);
        Interlocked.Add(ref _events, events);
    }

    public override void AttemptEnded(int number, AttemptEnd end, SseException? failure, long events)
    {
        _lastEnd = end;
        if (Interlocked.Exchange(ref _activity, null) is { } activity)
        {
            activity.SetTag("sse.end", Word(end));
            activity.SetTag("sse.events", events);
            activity.SetStatus(failure is null ? ActivityStatusCode.Ok : ActivityStatusCode.Error, failure?.Message);
            Stop(activity);
        }
    }

    public override void Waits(int number, AttemptEnd end, SseException? failure, TimeSpan delay)
    {
        string reason = Word(end);
        if (failure is null)
        {
            SseClientLog.Ended(logger, name, reason, delay);
        }
        else
        {
            SseClientLog.Failed(logger, name, reason, delay, failure.Message);
        }
    }

    public override void Renews(int number, SseException? failure) =>
        SseClientLog.Failed(logger, name, Word(AttemptEnd.Refused), TimeSpan.Zero, failure?.Message ?? "");

    public override void Closed(SseEndReason reason, SseException? failure)
    {
        if (Interlocked.Exchange(ref _activity, null) is { } activity)
        {
            activity.SetTag("sse.end", reason.ToString());
            activity.SetTag("sse.events", Interlocked.Read(ref _events));
            Stop(activity);
        }

        if (reason != SseEndReason.None)
        {
            SseClientLog.Closed(logger, name, reason);
        }
        else
        {
            SseClientLog.FailedForGood(logger, name, failure?.Message ?? "the application's code threw an exception");
        }
    }

    public override void IdNotSent(string reason) => SseClientLog.IdNotSent(logger, name, reason);

    // Stopping one makes its parent the current one of whichever thread that is: the one that closes a client has its own.
    private static void Stop(Activity activity)
    {
        Activity? current = Activity.Current;
        activity.Dispose();
        if (current != activity)
        {
            Activity.Current = current;
        }
    }

    /// <summary>The word for an end: <c>not_connected</c>.</summary>
    private static string Word(AttemptEnd end) => string.Concat(end.ToString().Select((letter, index) =>
        char.IsUpper(letter) && index > 0 ? $"_{char.ToLowerInvariant(letter)}" : letter.ToString().ToLower(CultureInfo.InvariantCulture)));
}
