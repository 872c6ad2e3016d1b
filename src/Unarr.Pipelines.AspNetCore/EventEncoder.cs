using System.Buffers;
using System.Text.Json.Serialization.Metadata;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.AspNetCore;

/// <summary>Turns an event into bytes that many streams share. Not thread-safe.</summary>
internal sealed class EventEncoder
{
    private const int MaxKeptBytes = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly SseWriter _writer;

    public EventEncoder() => _writer = new SseWriter(_buffer);

    /// <summary>Whether it is small enough to be kept for the next event.</summary>
    public bool IsKept => _buffer.Capacity <= MaxKeptBytes;

    public byte[] Encode(ReadOnlySpan<byte> data, ReadOnlySpan<byte> eventType, ReadOnlySpan<byte> id)
    {
        _buffer.ResetWrittenCount();
        _writer.WriteEvent(data, eventType, id);
        return _buffer.WrittenSpan.ToArray();
    }

    public byte[] Encode<T>(T value, JsonTypeInfo<T> typeInfo, ReadOnlySpan<byte> eventType, ReadOnlySpan<byte> id)
    {
        _buffer.ResetWrittenCount();
        _writer.WriteEvent(value, typeInfo, eventType, id);
        return _buffer.WrittenSpan.ToArray();
    }
}
