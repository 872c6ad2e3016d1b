using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.AspNetCore;

/// <summary>Event streams as results of an endpoint.</summary>
/// <remarks>
/// <para>
/// Headers are sent at once: <c>text/event-stream</c>, and what keeps caches and proxies from storing, changing or holding back the stream.
/// The server's buffering and its own minimum data rate are off. A comment comes first, and one after each heartbeat interval, whether or
/// not events do; a reader that takes nothing for two intervals is cut. A <c>HEAD</c> request gets the headers only.
/// </para>
/// <para>
/// The stream ends promptly when the client goes and, properly, when the server stops. When the application's code throws, the exception
/// goes on to the server, which logs it and closes the connection without a proper end: a half stream does not look like a whole one.
/// </para>
/// <para>
/// An enumeration is asked for its next event when the one before it is flushed. Its token is cancelled when the stream ends, for whatever
/// reason. An enumeration that has not come back one second later is left behind: the request ends, and the enumeration is disposed when it
/// comes back.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// WebApplication app = WebApplication.Create();
/// app.MapGet("/jobs", (SseBroadcast jobs) =&gt; SseResults.Stream(jobs));
/// app.MapEventStream("/prices", new SseBroadcast());
/// </code>
/// </example>
public static class SseResults
{
    /// <summary>Streams one reader's own values, each as an event of JSON.</summary>
    /// <typeparam name="T">The type of a value.</typeparam>
    /// <param name="values">The values; enumerated once, when the result is executed.</param>
    /// <param name="typeInfo">The values' contract, source-generated.</param>
    /// <param name="eventType">The events' type; <see langword="null"/> is the default, <c>message</c>.</param>
    /// <exception cref="ArgumentException">The type holds a line end.</exception>
    public static SseStreamResult<T> Stream<T>(IAsyncEnumerable<T> values, JsonTypeInfo<T> typeInfo, string? eventType = null)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(typeInfo);
        byte[] type = TypeOf(eventType);
        return new SseStreamResult<T>((stream, measures) => new EnumerableSource<T>(
            values, (writer, value) => writer.WriteEvent(value, typeInfo, type), stream, measures));
    }

    /// <summary>Streams one reader's own events, with their types, ids and reconnection intervals.</summary>
    /// <remarks>An empty <see cref="SseItem{T}.EventId"/> resets the reader's last event id; <see langword="null"/> leaves it.</remarks>
    /// <typeparam name="T">The type of an event's data.</typeparam>
    /// <param name="events">The events; enumerated once, when the result is executed.</param>
    /// <param name="typeInfo">The contract of their data, source-generated.</param>
    public static SseStreamResult<T> Stream<T>(IAsyncEnumerable<SseItem<T>> events, JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(events);
        ArgumentNullException.ThrowIfNull(typeInfo);
        return new SseStreamResult<T>((stream, measures) => new EnumerableSource<SseItem<T>>(
            events, new ItemWriter<T>((writer, data, type, id) => writer.WriteEvent(data, typeInfo, type, id)).Write, stream, measures));
    }

    /// <summary>Streams one reader's own events of plain text: an event's data is the text itself, not JSON.</summary>
    /// <param name="events">The events; enumerated once, when the result is executed.</param>
    public static SseStreamResult<string> Stream(IAsyncEnumerable<SseItem<string>> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        return new SseStreamResult<string>((stream, measures) => new EnumerableSource<SseItem<string>>(
            events, new ItemWriter<string>(TextEvent.Write).Write, stream, measures));
    }

    /// <summary>Streams a broadcast to one more reader.</summary>
    /// <remarks>
    /// <para>
    /// A reader that comes back says which event it had last (the header <c>Last-Event-ID</c>). <paramref name="replay"/> is called for it
    /// with that id, once, and writes the events that came after it, oldest first and with their ids. They are sent before anything new.
    /// </para>
    /// <para>
    /// Nothing is lost or sent twice at the seam, if each event is stored before it is sent and sent before the next one is stored: what is
    /// sent while the replay runs waits for the reader, and the events that it has already, by their ids, are left out. (With several
    /// senders at once, an event that was replayed before it was sent comes again to a reader that came back in between and names a later
    /// one.) A reader without a last event id gets no replay.
    /// </para>
    /// </remarks>
    /// <param name="broadcast">The broadcast; it stays the caller's.</param>
    /// <param name="replay">
    /// Writes what came after a last event id, at most <see cref="SseBroadcastOptions.MaxReplayBytes"/>; it is used by this reader alone,
    /// until its task completes. <see langword="null"/> for a broadcast without replay.
    /// </param>
    public static SseBroadcastResult Stream(
        SseBroadcast broadcast, Func<string, SseWriter, CancellationToken, ValueTask>? replay = null)
    {
        ArgumentNullException.ThrowIfNull(broadcast);
        return new SseBroadcastResult(broadcast, replay);
    }

    private static byte[] TypeOf(string? eventType) => eventType.AsSpan().ContainsAny('\r', '\n')
        ? throw new ArgumentException("An event type cannot hold a line end.", nameof(eventType))
        : Encoding.UTF8.GetBytes(eventType ?? "");
}
