using System.Diagnostics.CodeAnalysis;
using Unarr.Pipelines.Net;
using Unarr.Pipelines.Sse;

namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>An open event stream: the response it arrives on, and the reader over it.</summary>
[SuppressMessage("Naming", "CA1711", Justification = "An event stream is what the standard calls it.")]
internal sealed class EventStream : IAsyncDisposable
{
    private readonly CountedStream _body;
    private HttpResponseMessage? _response;

    internal EventStream(Uri mirror, HttpResponseMessage response, CountedStream body, SseReaderOptions options)
    {
        _response = response;
        _body = body;
        Mirror = mirror;
        Frames = new SseReader(body, options);
    }

    /// <summary>The mirror that serves it.</summary>
    public Uri Mirror { get; }

    /// <summary>The stream's frames, in the agent dialect.</summary>
    public SseReader Frames { get; }

    /// <summary>What happened on the mirrors that were tried before, in order.</summary>
    internal IReadOnlyList<ControlPlaneException> PassedOver { get; set; } = [];

    /// <summary>Whether it was not closed yet.</summary>
    internal bool IsOpen => Volatile.Read(ref _response) is not null;

    /// <summary>How many bytes of the stream were read so far.</summary>
    public long BytesRead => _body.Bytes;

    /// <summary>Closes the stream and its connection. Closing twice is harmless; a read that is pending ends with an
    /// <see cref="ObjectDisposedException"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _response, null) is { } response)
        {
            await Frames.DisposeAsync().ConfigureAwait(false);
            response.Dispose();
        }
    }
}
