using System.Diagnostics.CodeAnalysis;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;

namespace Unarr.Pipelines.Sse;

/// <summary>A view of one event, comment or reconnection time, valid until the next call on its source.</summary>
/// <remarks>
/// <para>
/// The source is the framer, reader or other <see cref="SseSource"/> that returned the frame. After the next call on it, each member
/// except <see cref="Kind"/> throws an <see cref="InvalidOperationException"/>: a frame never shows the bytes of another one. A span that
/// was taken from a frame earlier has no such guard. Copy what must live longer, or call <see cref="ToItem"/>.
/// </para>
/// <para>The bytes are as the peer sent them: they are not decoded, and they may be invalid UTF-8.</para>
/// </remarks>
public readonly ref struct SseFrame
{
    // The lowest bits of the stamp are the kind, the others the source's version.
    private const long KindMask = (1 << SseFramer.KindBits) - 1;

    private readonly SseFramer? _framer;
    private readonly long _stamp;
    private readonly int _start;
    private readonly int _length;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal SseFrame(SseFramer framer, long version, in FoundFrame found)
    {
        _framer = framer;
        _stamp = version + (long)found.Kind;
        _start = found.Start;
        _length = found.Length;
    }

    /// <summary>The kind of this frame. It stays readable after the next call on the source.</summary>
    public SseFrameKind Kind => (SseFrameKind)(_stamp & KindMask);

    /// <summary>An event's data, its lines joined by LF; empty for other frames. Contiguous memory, not decoded.</summary>
    /// <exception cref="InvalidOperationException">The source has been called since.</exception>
    public ReadOnlySpan<byte> Data => ValueOf(SseFrameKind.Event);

    /// <summary>A comment's text: everything after the first colon, not trimmed; empty for other frames.</summary>
    /// <exception cref="InvalidOperationException">The source has been called since.</exception>
    public ReadOnlySpan<byte> Comment => ValueOf(SseFrameKind.Comment);

    /// <summary>An event's type, <c>message</c> when the stream named no type; empty for other frames.</summary>
    /// <exception cref="InvalidOperationException">The source has been called since.</exception>
    public ReadOnlySpan<byte> EventType
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            ThrowIfStale();
            return Kind == SseFrameKind.Event ? _framer!.EventType : default;
        }
    }

    /// <summary>
    /// The last event id in force at an event (<see cref="SseDialect.Html"/>); empty when no id is in force, and for other frames.
    /// </summary>
    /// <exception cref="InvalidOperationException">The source has been called since.</exception>
    public ReadOnlySpan<byte> LastEventId
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            ThrowIfStale();
            return Kind == SseFrameKind.Event ? _framer!.LastEventId : default;
        }
    }

    /// <summary>The time of a <see cref="SseFrameKind.Retry"/> frame; zero for other frames.</summary>
    /// <exception cref="InvalidOperationException">The source has been called since.</exception>
    public TimeSpan ReconnectionInterval
    {
        get
        {
            ThrowIfStale();
            return Kind == SseFrameKind.Retry ? _framer!.ReconnectionInterval.GetValueOrDefault() : default;
        }
    }

    /// <summary>Returns whether this is an event of the given type, compared as bytes: <c>frame.IsEvent("command"u8)</c>.</summary>
    /// <param name="eventType">The type to compare with; <c>message</c> is the type of an event that names no type.</param>
    /// <exception cref="InvalidOperationException">The source has been called since.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsEvent(ReadOnlySpan<byte> eventType)
    {
        ThrowIfStale();
        return Kind == SseFrameKind.Event && _framer!.EventType.SequenceEqual(eventType);
    }

    /// <summary>Returns the data of an event or the text of a comment as a string; "" for other frames.</summary>
    /// <returns>The text, decoded as UTF-8; invalid bytes become U+FFFD.</returns>
    /// <exception cref="InvalidOperationException">The source has been called since.</exception>
    public string GetText() => Encoding.UTF8.GetString(Kind == SseFrameKind.Comment ? Comment : Data);

    /// <summary>Returns the event as an item of .NET, which owns its data.</summary>
    /// <returns>
    /// The item. As with <see cref="SseParser{T}"/>, its id and its reconnection interval are those that the stream sent after the previous
    /// event; each is <see langword="null"/> when the stream sent none. Invalid UTF-8 becomes U+FFFD. So does each CR in the type, which
    /// <see cref="SseDialect.Agent"/> allows and an item does not.
    /// </returns>
    /// <exception cref="InvalidOperationException">The frame is not an event, or the source has been called since.</exception>
    public SseItem<string> ToItem() => ToItem(static (_, data) => Encoding.UTF8.GetString(data));

    internal SseItem<T> ToItem<T>(SseItemParser<T> parser)
    {
        ThrowIfStale();
        if (Kind != SseFrameKind.Event)
        {
            throw new InvalidOperationException("Only an event can become an item; this frame is not one.");
        }

        string? type = _framer!.NamedTypeText;
        string? id = _framer.NewEventId;
        TimeSpan? interval = _framer.NewReconnectionInterval;
        return new SseItem<T>(parser(type ?? SseParser.EventTypeDefault, Data), type) { EventId = id, ReconnectionInterval = interval };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ReadOnlySpan<byte> ValueOf(SseFrameKind kind)
    {
        ThrowIfStale();
        return Kind == kind ? _framer!.Value(_start, _length) : default;
    }

    // Inlined as all that a loop calls for each frame: a call would need the frame's address, and the frame then leaves its registers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ThrowIfStale()
    {
        if (_framer is not null && (_stamp & ~KindMask) != _framer.Version)
        {
            ThrowStale();
        }
    }

    [DoesNotReturn]
    private static void ThrowStale() => throw new InvalidOperationException(
        "This frame was valid until the next call on its source, which has been made: copy what must live longer before that call.");
}
