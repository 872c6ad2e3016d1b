using System.Text.Json.Serialization.Metadata;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.AspNetCore;

/// <summary>One topic of events for many readers: an event is encoded once, and all readers share its bytes.</summary>
/// <remarks>
/// <para>
/// Readers come by <see cref="SseResults.Stream(SseBroadcast, Func{string, SseWriter, CancellationToken, ValueTask}?)"/>. A reader gets
/// every event that is sent after it has joined, in the order in which they were sent; with several senders at once that order is the same
/// for all readers. A reader that is too slow holds up no other one: what waits for it is bounded by
/// <see cref="SseBroadcastOptions.MaxUnsentEvents"/>.
/// </para>
/// <para>All members may be called on any thread. Nothing is kept for readers that are not there.</para>
/// </remarks>
/// <example>
/// <code>
/// using var prices = new SseBroadcast();
/// prices.Send("19.90"u8, eventType: "price"u8, id: "17"u8);
/// </code>
/// </example>
public sealed class SseBroadcast : IDisposable
{
    private readonly Lock _gate = new();
    private readonly HashSet<BroadcastReader> _readers = [];
    private readonly SseBroadcastOptions _options;
    private EventEncoder? _encoder;
    private bool _disposed;

    /// <summary>Makes a broadcast without readers.</summary>
    /// <param name="options">Its bounds; by default those of a new <see cref="SseBroadcastOptions"/>.</param>
    /// <param name="timeProvider">The clock of its heartbeats; by default the system's.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public SseBroadcast(SseBroadcastOptions? options = null, TimeProvider? timeProvider = null)
    {
        _options = SseBroadcastOptions.Checked(options);
        Heartbeats = new HeartbeatWheel(_options.Heartbeat, timeProvider ?? TimeProvider.System);
    }

    /// <summary>How many readers have a stream open.</summary>
    public int ReaderCount
    {
        get
        {
            lock (_gate)
            {
                return _readers.Count;
            }
        }
    }

    internal HeartbeatWheel Heartbeats { get; }

    /// <summary>Sends an event to all readers, with a value as JSON. Never waits for a reader.</summary>
    /// <remarks>When the contract throws, nothing is sent.</remarks>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="typeInfo">The value's contract, source-generated.</param>
    /// <param name="eventType">The event's type; empty is the default, <c>message</c>.</param>
    /// <param name="id">The last event id from this event on; empty for none. A replay needs ids.</param>
    /// <exception cref="ArgumentException">The type or the id holds a line end, or the id holds U+0000.</exception>
    /// <exception cref="ObjectDisposedException">The broadcast was disposed.</exception>
    public void Send<T>(T value, JsonTypeInfo<T> typeInfo, ReadOnlySpan<byte> eventType = default, ReadOnlySpan<byte> id = default)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        EventEncoder encoder = RentEncoder();
        Send(encoder.Encode(value, typeInfo, eventType, id));
        Return(encoder);
    }

    /// <summary>Sends an event to all readers, with data in UTF-8. Never waits for a reader.</summary>
    /// <param name="data">The event's data; the reader gets LF for each line end in it.</param>
    /// <param name="eventType">The event's type; empty is the default, <c>message</c>.</param>
    /// <param name="id">The last event id from this event on; empty for none. A replay needs ids.</param>
    /// <exception cref="ArgumentException">The type or the id holds a line end, or the id holds U+0000.</exception>
    /// <exception cref="ObjectDisposedException">The broadcast was disposed.</exception>
    public void Send(ReadOnlySpan<byte> data, ReadOnlySpan<byte> eventType = default, ReadOnlySpan<byte> id = default)
    {
        EventEncoder encoder = RentEncoder();
        Send(encoder.Encode(data, eventType, id));
        Return(encoder);
    }

    /// <summary>Ends the stream of each reader, after what waits for it. Twice is harmless.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            foreach (BroadcastReader reader in _readers)
            {
                reader.Finish();
            }
        }
    }

    /// <summary>Adds a reader: it gets what is sent from here on.</summary>
    internal BroadcastReader Join(EventStream stream, EventStreamMeasures measures, Func<Replay>? startReplay)
    {
        BroadcastReader reader = new(_options, stream, measures, startReplay, Leave);
        lock (_gate)
        {
            if (_disposed)
            {
                reader.Finish();
            }
            else
            {
                _readers.Add(reader);
            }
        }

        return reader;
    }

    /// <summary>Makes a replay of this broadcast's bounds.</summary>
    internal Replay StartReplay(
        Func<string, SseWriter, CancellationToken, ValueTask> write, string lastEventId, EventStream stream) =>
        new(write, lastEventId, stream, _options.MaxReplayBytes);

    private void Leave(BroadcastReader reader)
    {
        lock (_gate)
        {
            _readers.Remove(reader);
        }
    }

    private void Send(byte[] encoded)
    {
        List<BroadcastReader>? slow = null;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            foreach (BroadcastReader reader in _readers)
            {
                if (!reader.Post(encoded))
                {
                    (slow ??= []).Add(reader);
                }
            }
        }

        slow?.ForEach(static reader => reader.Cut());
    }

    // Each sender has an encoder of its own: no lock is held while the application's contract runs.
    private EventEncoder RentEncoder() => Interlocked.Exchange(ref _encoder, null) ?? new EventEncoder();

    private void Return(EventEncoder encoder)
    {
        if (encoder.IsKept)
        {
            Volatile.Write(ref _encoder, encoder);
        }
    }
}
