using System.Runtime.CompilerServices;

namespace Unarr.Pipelines.Net;

/// <summary>A response's body that counts the bytes read from it.</summary>
/// <param name="body">The body, which is disposed with this stream.</param>
/// <param name="read">Is called after each read that brought bytes, with their number.</param>
internal sealed class CountedStream(Stream body, Action<int>? read = null) : ReadOnlyStream
{
    private long _bytes;

    /// <summary>How many bytes were read so far.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public override int Read(byte[] buffer, int offset, int count) => Counted(body.Read(buffer, offset, count));

    public override int Read(Span<byte> buffer) => Counted(body.Read(buffer));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Counted(await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false));

    public override async ValueTask DisposeAsync()
    {
        await body.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            body.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Counted(int bytes)
    {
        // One reader at a time: only that nobody reads half a number matters.
        Volatile.Write(ref _bytes, _bytes + bytes);
        if (bytes > 0)
        {
            read?.Invoke(bytes);
        }

        return bytes;
    }
}
