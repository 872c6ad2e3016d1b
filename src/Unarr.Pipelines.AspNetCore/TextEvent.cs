using System.Buffers;
using System.Text;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.AspNetCore;

/// <summary>Writes an event whose data is plain text.</summary>
internal static class TextEvent
{
    public static void Write(SseWriter writer, string data, ReadOnlySpan<byte> eventType, ReadOnlySpan<byte> id)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetByteCount(data));
        try
        {
            writer.WriteEvent(bytes.AsSpan(0, Encoding.UTF8.GetBytes(data, bytes)), eventType, id);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
