using System.Text;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Testing;

/// <summary>A frame as a plain value, to compare and to print. Bytes stand as the characters U+0000–U+00FF (Latin-1).</summary>
public sealed record Frame(string Kind)
{
    public string Type { get; init; } = "";

    public string Value { get; init; } = "";

    public string Id { get; init; } = "";

    public long Milliseconds { get; init; }

    public SseError? Error { get; init; }

    public int Limit { get; init; }

    public long Offset { get; init; }

    public static Frame Event(string type, string data, string id = "") => new("event") { Type = type, Value = data, Id = id };

    public static Frame Comment(string text) => new("comment") { Value = text };

    public static Frame Retry(long milliseconds) => new("retry") { Milliseconds = milliseconds };

    public static Frame Failure(SseError error, int limit, long offset) => new("error") { Error = error, Limit = limit, Offset = offset };

    public static Frame Failure(SseException failure) =>
        Failure(failure.Error, failure.Limit.GetValueOrDefault(), failure.Offset.GetValueOrDefault());

    public static Frame Of(in SseFrame frame) => frame.Kind switch
    {
        SseFrameKind.Event => Event(Text(frame.EventType), Text(frame.Data), Text(frame.LastEventId)),
        SseFrameKind.Comment => Comment(Text(frame.Comment)),
        SseFrameKind.Retry => Retry(frame.ReconnectionInterval.Ticks / TimeSpan.TicksPerMillisecond),
        _ => new Frame("none"),
    };

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
