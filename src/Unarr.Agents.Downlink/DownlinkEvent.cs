using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Unarr.Agents.Downlink;

/// <summary>An event of the stream that is the application's own: neither a <c>command</c> nor a <c>sync</c>.</summary>
/// <remarks>Its data is valid until <see cref="DownlinkHandler.HandleEventAsync"/> ends; a later use throws.</remarks>
public sealed class DownlinkEvent
{
    private readonly ReadOnlyMemory<byte> _data;
    private volatile bool _hasEnded;

    /// <summary>Makes an event, for the tests of an application.</summary>
    /// <param name="eventType">The event's type.</param>
    /// <param name="data">The event's data, which is not copied.</param>
    public DownlinkEvent(string eventType, ReadOnlyMemory<byte> data)
    {
        ArgumentNullException.ThrowIfNull(eventType);
        EventType = eventType;
        _data = data;
    }

    /// <summary>The event's type; <c>message</c> when the stream named none.</summary>
    public string EventType { get; }

    /// <summary>The event's data, its lines joined by LF, as bytes; at most <see cref="DownlinkOptions.MaxEventBytes"/>.</summary>
    /// <exception cref="InvalidOperationException">The call has ended.</exception>
    public ReadOnlySpan<byte> Data => !_hasEnded ? _data.Span
        : throw new InvalidOperationException("The data of an event is valid only during the call that it is passed to.");

    /// <summary>Reads the data as JSON.</summary>
    /// <typeparam name="T">The type to read it as.</typeparam>
    /// <param name="typeInfo">The source-generated contract of the type.</param>
    /// <exception cref="JsonException">The data is not JSON, or does not fit the type.</exception>
    /// <exception cref="InvalidOperationException">The call has ended.</exception>
    public T? Read<T>(JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        return JsonSerializer.Deserialize(Data, typeInfo);
    }

    /// <summary>The call has ended: every later use throws.</summary>
    internal void End() => _hasEnded = true;
}
