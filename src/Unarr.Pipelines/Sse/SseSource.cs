using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Unarr.Pipelines.Sse;

/// <summary>A source of events: a reader of one stream, or a client that keeps a stream open.</summary>
/// <remarks>
/// <see cref="WaitToReadAsync"/> and <see cref="TryRead"/> read frames without garbage. <c>ReadAllAsync</c> reads events that own their
/// data. A caller may mix both. A failure is thrown; a proper end is <see langword="false"/>. A source has one caller at a time. Only this
/// library derives from this class: in a test, use an <see cref="SseReader"/> over bytes in place of a client.
/// </remarks>
public abstract class SseSource : IAsyncDisposable
{
    private protected SseSource()
    {
    }

    /// <summary>The id of the last event that was taken, which a reconnect sends; "" when there is no id.</summary>
    public abstract string LastEventId { get; }

    /// <summary>The reconnection time that the stream sent last; <see langword="null"/> when it sent none.</summary>
    public abstract TimeSpan? ReconnectionInterval { get; }

    /// <summary>Waits for the next bytes. The frame that was read last is no longer valid.</summary>
    /// <param name="cancellationToken">Ends the wait. Nothing is lost, and a later call goes on.</param>
    /// <returns>
    /// <see langword="true"/> when bytes came: call <see cref="TryRead"/> until it returns <see langword="false"/> (the bytes may not hold
    /// a whole frame yet); <see langword="false"/> at a proper end, when every frame has been taken.
    /// </returns>
    /// <exception cref="SseException">The stream failed. Frames that had arrived earlier were returned first.</exception>
    public abstract ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default);

    /// <summary>Takes the next frame out of the bytes received; it never waits.</summary>
    /// <param name="frame">The frame; it is valid until the next call on this source.</param>
    /// <returns><see langword="false"/> when no frame is complete yet: await <see cref="WaitToReadAsync"/>.</returns>
    /// <exception cref="SseException">The stream failed.</exception>
    public abstract bool TryRead(out SseFrame frame);

    /// <summary>Reads the events to the end of the stream, their data as strings. It skips comments.</summary>
    /// <param name="cancellationToken">Ends the enumeration. Nothing is lost, and a later call goes on.</param>
    /// <returns>
    /// The events. Each owns its data; <see cref="SseFrame.ToItem"/> describes its type, id and reconnection interval. When the caller
    /// leaves the enumeration, the stream stays open, and a later call goes on with the next event.
    /// </returns>
    /// <exception cref="SseException">The stream failed.</exception>
    public IAsyncEnumerable<SseItem<string>> ReadAllAsync(CancellationToken cancellationToken = default) =>
        ReadItemsAsync(static (_, data) => Encoding.UTF8.GetString(data), cancellationToken);

    /// <summary>Reads the events to the end of the stream, the data of each as JSON. It skips comments.</summary>
    /// <typeparam name="T">The type of the data.</typeparam>
    /// <param name="typeInfo">The source-generated contract of the data.</param>
    /// <param name="cancellationToken">Ends the enumeration. Nothing is lost, and a later call goes on.</param>
    /// <returns>The events, as <see cref="ReadAllAsync(CancellationToken)"/> returns them; without those with empty data from a client with
    /// <see cref="SseClientOptions.AcceptJson"/>.</returns>
    /// <exception cref="JsonException">The data of an event is not JSON of this type, or is <c>null</c>. That event has been taken: a later
    /// call goes on with the next one.</exception>
    /// <exception cref="SseException">The stream failed.</exception>
    public IAsyncEnumerable<SseItem<T>> ReadAllAsync<T>(JsonTypeInfo<T> typeInfo, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        return ReadItemsAsync(
            (_, data) =>
                JsonSerializer.Deserialize(data, typeInfo) ?? throw new JsonException("The data of the event is the JSON value null."),
            cancellationToken,
            MayHaveEmptyData);
    }

    /// <summary>Reads the events to the end of the stream, the data of each with a function. It skips comments.</summary>
    /// <typeparam name="T">The type of the data.</typeparam>
    /// <param name="parser">
    /// The function that makes the data of one event from its type and its bytes, as for
    /// <see cref="SseParser.Create{T}(Stream, SseItemParser{T})"/>. An exception of the function ends the enumeration; that event has been
    /// taken, and a later call goes on with the next one. The function must not call this source.
    /// </param>
    /// <param name="cancellationToken">Ends the enumeration. Nothing is lost, and a later call goes on.</param>
    /// <returns>The events, as <see cref="ReadAllAsync(CancellationToken)"/> returns them.</returns>
    /// <exception cref="SseException">The stream failed.</exception>
    public IAsyncEnumerable<SseItem<T>> ReadAllAsync<T>(SseItemParser<T> parser, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(parser);
        return ReadItemsAsync(parser, cancellationToken);
    }

    /// <summary>Ends the source, and returns every buffer to its pool. Disposing twice is harmless.</summary>
    public abstract ValueTask DisposeAsync();

    /// <summary>Whether events with empty data, which is not JSON, are skipped where JSON is read.</summary>
    private protected virtual bool MayHaveEmptyData => false;

    private async IAsyncEnumerable<SseItem<T>> ReadItemsAsync<T>(
        SseItemParser<T> parser, [EnumeratorCancellation] CancellationToken cancellationToken, bool skipsEmptyData = false)
    {
        while (await WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (TryReadItem(parser, skipsEmptyData, out SseItem<T> item))
            {
                yield return item;
            }
        }
    }

    private bool TryReadItem<T>(SseItemParser<T> parser, bool skipsEmptyData, out SseItem<T> item)
    {
        while (TryRead(out SseFrame frame))
        {
            if (frame.Kind == SseFrameKind.Event && !(skipsEmptyData && frame.Data.IsEmpty))
            {
                item = frame.ToItem(parser);
                return true;
            }
        }

        item = default;
        return false;
    }
}
