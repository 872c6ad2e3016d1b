using System.Text;
using CommunityToolkit.HighPerformance.Buffers;
using Unarr.Agents.Hub.Agents;
using Unarr.Pipelines.Sse;

namespace Unarr.Agents.Hub.Desk;

/// <summary>Makes an event of the application, unless agents could not read it.</summary>
internal static class EventCheck
{
    /// <summary>How many bytes an event's data may be: a line of them fits what agents read, which is 256 KiB with its name.</summary>
    public const int MaxDataBytes = 255 * 1024;

    private const int MaxTypeBytes = 256;

    // The names and line ends of an event with one line of data.
    private const int WriterOverhead = 64;

    private static readonly string[] Reserved = ["sync", "command"];

    /// <exception cref="ArgumentException">The type or the data cannot be sent.</exception>
    public static StreamEvent Create(string eventType, ReadOnlyMemory<byte> data)
    {
        ArgumentNullException.ThrowIfNull(eventType);
        byte[] type = Encoding.UTF8.GetBytes(eventType);
        if (type.Length is 0 or > MaxTypeBytes || eventType.Any(char.IsControl)
            || eventType.EnumerateRunes().Contains(Rune.ReplacementChar))
        {
            throw new ArgumentException(
                $"An event's type is 1 to {MaxTypeBytes} bytes of text without control characters and without spaces around it.",
                nameof(eventType));
        }

        if (Reserved.Contains(eventType, StringComparer.Ordinal))
        {
            throw new ArgumentException($"The event \"{eventType}\" is the protocol's own.", nameof(eventType));
        }

        if (data.Length > MaxDataBytes)
        {
            throw new ArgumentException($"An event's data is {data.Length} bytes: at most {MaxDataBytes} may be sent.", nameof(data));
        }

        StreamEvent streamEvent = new(type, data.ToArray());
        ThrowIfNotWritable(streamEvent);
        return streamEvent;
    }

    /// <summary>What the stream's writer refuses is refused here: there it would end the stream.</summary>
    private static void ThrowIfNotWritable(StreamEvent streamEvent)
    {
        using ArrayPoolBufferWriter<byte> written = new(streamEvent.Bytes + WriterOverhead);
        new SseWriter(written, SseDialect.Agent).WriteEvent(streamEvent.Data, streamEvent.Type);
    }
}
