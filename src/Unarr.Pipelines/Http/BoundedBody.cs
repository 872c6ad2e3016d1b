using CommunityToolkit.HighPerformance.Buffers;

namespace Unarr.Pipelines.Http;

/// <summary>An answer's body, read up to a bound into pooled memory.</summary>
internal sealed class BoundedBody : IDisposable
{
    private readonly ArrayPoolBufferWriter<byte> _bytes;
    private readonly int _maxBytes;

    private BoundedBody(ArrayPoolBufferWriter<byte> bytes, int maxBytes)
    {
        _bytes = bytes;
        _maxBytes = maxBytes;
    }

    /// <summary>Whether the body ended within the bound.</summary>
    public bool IsWhole => _bytes.WrittenCount <= _maxBytes;

    /// <summary>The body, at most the bound of it.</summary>
    public ReadOnlySpan<byte> Span => _bytes.WrittenSpan[..Math.Min(_bytes.WrittenCount, _maxBytes)];

    public static async Task<BoundedBody> ReadAsync(HttpContent content, int maxBytes, CancellationToken cancellationToken)
    {
        var bytes = new ArrayPoolBufferWriter<byte>();
        try
        {
            Stream stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            int read;
            do
            {
                int room = Math.Min(maxBytes + 1 - bytes.WrittenCount, 16 * 1024);
                read = await stream.ReadAsync(bytes.GetMemory(room)[..room], cancellationToken).ConfigureAwait(false);
                bytes.Advance(read);
            }
            while (read > 0 && bytes.WrittenCount <= maxBytes);
            return new BoundedBody(bytes, maxBytes);
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    public void Dispose() => _bytes.Dispose();
}
