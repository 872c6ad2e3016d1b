using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>An answer's body, read up to a bound into small pooled arrays:
/// a large one leaves no large array behind in the process.</summary>
internal sealed class BoundedBody : IDisposable
{
    private const int SegmentBytes = 16 * 1024;

    private readonly List<byte[]> _segments = [];
    private readonly int _maxBytes;
    private int _length;

    private BoundedBody(int maxBytes) => _maxBytes = maxBytes;

    /// <summary>Whether the body ended within the bound.</summary>
    public bool IsWhole => _length <= _maxBytes;

    /// <summary>The body's beginning: at most the bound of it, and at most 16 KiB.</summary>
    public ReadOnlySpan<byte> Beginning => _segments[0].AsSpan(0, Math.Min(Math.Min(_length, _maxBytes), SegmentBytes));

    public static async Task<BoundedBody> ReadAsync(HttpContent content, int maxBytes, CancellationToken cancellationToken)
    {
        var body = new BoundedBody(maxBytes);
        try
        {
            Stream stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            int read;
            do
            {
                read = await stream.ReadAsync(body.Room(), cancellationToken).ConfigureAwait(false);
                body._length += read;
            }
            while (read > 0 && body.IsWhole);
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>All of a body that is whole; valid until it is disposed of.</summary>
    public ReadOnlySequence<byte> Bytes => _segments.Count == 1
        ? new ReadOnlySequence<byte>(_segments[0], 0, _length)
        : BodySegment.Sequence(_segments, _length, SegmentBytes);

    /// <summary>Reads a body that is whole as JSON.</summary>
    /// <exception cref="JsonException">It is none, or not of this kind.</exception>
    public T? Json<T>(JsonTypeInfo<T> contract) => _segments.Count == 1
        ? Payload.Read(Beginning, contract)
        : Payload.Read(Bytes, contract);

    public void Dispose()
    {
        foreach (byte[] segment in _segments)
        {
            ArrayPool<byte>.Shared.Return(segment);
        }

        _segments.Clear();
    }

    private Memory<byte> Room()
    {
        int used = _length % SegmentBytes;
        if (used == 0 && _length / SegmentBytes == _segments.Count)
        {
            _segments.Add(ArrayPool<byte>.Shared.Rent(SegmentBytes));
        }

        return _segments[^1].AsMemory(used, Math.Min(SegmentBytes - used, _maxBytes + 1 - _length));
    }
}
