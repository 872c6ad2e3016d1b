namespace Unarr.Pipelines.Sse;

/// <summary>One frame of an event stream: an event, a comment or a reconnection time.</summary>
/// <remarks>
/// A frame is a view into the framer's memory. All of it (data, text, type, id) is valid until the next call on the framer or reader that
/// gave it; copy what must live longer. The bytes are as the peer sent them: nothing is decoded, and they may not be valid UTF-8.
/// </remarks>
public readonly struct SseFrame
{
    private readonly SseFramer? _framer;
    private readonly int _start;
    private readonly int _length;

    internal SseFrame(SseFrameKind kind, int start, int length, SseFramer framer)
    {
        _start = start;
        _length = length;
        _framer = framer;
        Kind = kind;
    }

    /// <summary>What this frame is.</summary>
    public SseFrameKind Kind { get; }

    /// <summary>An event's data, its lines joined by LF; empty for other frames. Contiguous memory.</summary>
    public ReadOnlyMemory<byte> Data => Kind == SseFrameKind.Event ? _framer!.Value(_start, _length) : default;

    /// <summary>A comment's text: all that stands behind the first colon, untrimmed; empty for other frames.</summary>
    public ReadOnlyMemory<byte> Comment => Kind == SseFrameKind.Comment ? _framer!.Value(_start, _length) : default;

    /// <summary>An event's type, <c>message</c> when the stream named none; empty for other frames.</summary>
    public ReadOnlyMemory<byte> EventType => Kind == SseFrameKind.Event ? _framer!.EventType : default;

    /// <summary>
    /// The last event id in force at an event (<see cref="SseDialect.WhatWg"/>); empty when none is, and for other frames.
    /// </summary>
    public ReadOnlyMemory<byte> LastEventId => Kind == SseFrameKind.Event ? _framer!.LastEventId : default;

    /// <summary>The reconnection time of a <see cref="SseFrameKind.Retry"/> frame; zero for other frames.</summary>
    public TimeSpan ReconnectionTime => Kind == SseFrameKind.Retry ? _framer!.ReconnectionTime : default;

    /// <summary>Whether this is an event of the given type, compared byte by byte: <c>frame.IsEvent("command"u8)</c>.</summary>
    /// <param name="type">The type to compare with; <c>message</c> is the type of an event that names none.</param>
    public bool IsEvent(ReadOnlySpan<byte> type) => Kind == SseFrameKind.Event && _framer!.EventType.Span.SequenceEqual(type);
}
