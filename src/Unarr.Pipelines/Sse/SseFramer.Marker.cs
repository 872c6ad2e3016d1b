using System.Text;

namespace Unarr.Pipelines.Sse;

/// <content>Whether a stream that has ended ended with its marker.</content>
public sealed partial class SseFramer
{
    /// <summary>The data that ends the stream, without white space at its end; <see langword="null"/> when none does.</summary>
    internal byte[]? EndMarker { get; init; }

    /// <summary>The type of the event that ends the stream; <see langword="null"/> when none does.</summary>
    internal byte[]? EndEventType { get; init; }

    /// <summary>Whether the stream ended with its marker, of which the blank line or the line's end was missing.</summary>
    internal bool EndedWithMarker { get; private set; }

    /// <summary>Whether the stream has ended, and what only the end decides was not taken yet.</summary>
    internal bool IsEnding => _phase == Phase.Ending;

    /// <summary>A marker as it is compared.</summary>
    internal static byte[] MarkerOf(string marker) => Encoding.UTF8.GetBytes(marker.TrimEnd());

    /// <summary>"Trailing white space ignored."</summary>
    internal bool IsEndMarker(ReadOnlySpan<byte> data) =>
        EndMarker is { } marker && data.StartsWith(marker) && data[marker.Length..].Trim(" \t\r\n\v\f"u8).IsEmpty;

    /// <summary>"Also without its blank line": what an end cut off, be it the line's own end, is looked at as if it had one.</summary>
    private bool EndsWithMarker()
    {
        ReadOnlySpan<byte> line = _carry.Span;
        ReadOnlySpan<byte> type = _type.IsSet ? _type.Span(SegmentSpan) : default;
        if (IsField(line, "event"u8))
        {
            GetValue(line, "event"u8.Length, out int from, out int to);
            type = line[from..to];
        }

        if (EndEventType is { } ends && type.SequenceEqual(ends))
        {
            return true;
        }

        if (!IsField(line, "data"u8))
        {
            return _data.IsSet && IsEndMarker(_data.Span(SegmentSpan));
        }

        GetValue(line, "data"u8.Length, out int begin, out int end);
        return !_data.IsSet && IsEndMarker(line[begin..end]);
    }
}
