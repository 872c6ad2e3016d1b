using System.Net.ServerSentEvents;
using System.Text;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.AspNetCore;

/// <summary>Writes .NET's items as events, without garbage: it is one stream's own.</summary>
internal sealed class ItemWriter<T>(EventBody<T> body)
{
    private const int MaxKeptBytes = 4096;

    private byte[] _text = [];

    public void Write(SseWriter writer, SseItem<T> item)
    {
        // "message" is what a reader takes an event for that names no type.
        string type = item.EventType == SseParser.EventTypeDefault ? "" : item.EventType;
        string id = item.EventId ?? "";
        int typeBytes = Encoding.UTF8.GetByteCount(type);
        Span<byte> text = Room(typeBytes + Encoding.UTF8.GetByteCount(id));
        Encoding.UTF8.GetBytes(type, text);
        Encoding.UTF8.GetBytes(id, text[typeBytes..]);
        if (item.ReconnectionInterval is { } interval)
        {
            writer.WriteRetry(interval);
        }

        if (item.EventId is "")
        {
            writer.WriteLastEventId(default);
        }

        body(writer, item.Data, text[..typeBytes], text[typeBytes..]);
    }

    private Span<byte> Room(int bytes)
    {
        if (bytes > MaxKeptBytes)
        {
            return new byte[bytes];
        }

        if (bytes > _text.Length)
        {
            _text = new byte[bytes];
        }

        return _text.AsSpan(0, bytes);
    }
}
