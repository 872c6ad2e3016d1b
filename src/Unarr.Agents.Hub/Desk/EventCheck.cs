using System.Text;
using Unarr.Agents.Hub.Agents;

namespace Unarr.Agents.Hub.Desk;

/// <summary>Makes an event of the application, unless agents could not read it.</summary>
internal static class EventCheck
{
    /// <summary>How many bytes an event's data may be: a line of them fits what agents read, which is 256 KiB with its name.</summary>
    public const int MaxDataBytes = 255 * 1024;

    private const int MaxTypeBytes = 256;

    private static readonly string[] Reserved = ["sync", "command"];

    /// <exception cref="ArgumentException">The type or the data cannot be sent.</exception>
    public static StreamEvent Create(string eventType, ReadOnlyMemory<byte> data)
    {
        ArgumentNullException.ThrowIfNull(eventType);
        byte[] type = Encoding.UTF8.GetBytes(eventType);
        if (type.Length is 0 or > MaxTypeBytes || eventType.Any(char.IsControl) || eventType.Trim().Length != eventType.Length)
        {
            throw new ArgumentException(
                $"An event's type is 1 to {MaxTypeBytes} bytes without control characters and without spaces around it.",
                nameof(eventType));
        }

        if (Reserved.Contains(eventType, StringComparer.Ordinal))
        {
            throw new ArgumentException($"The event \"{eventType}\" is the protocol's own.", nameof(eventType));
        }

        return data.Length <= MaxDataBytes
            ? new StreamEvent(type, data.ToArray())
            : throw new ArgumentException($"An event's data is {data.Length} bytes: at most {MaxDataBytes} may be sent.", nameof(data));
    }
}
