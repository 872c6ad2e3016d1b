using System.Buffers;
using System.IO.Compression;
using Unarr.Pipelines.Net;

namespace Unarr.Pipelines.Sse;

/// <summary>Decodes a body in Brotli (RFC 7932) as its pieces come. .NET's own stream has the compressor in it too.</summary>
internal sealed class BrotliBody(Stream coded) : ReadOnlyStream
{
    private const int BufferBytes = 4096;

    private BrotliDecoder _decoder;
    private byte[]? _buffer;
    private int _start;
    private int _end;
    private bool _hasMore;
    private bool _isDone;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return await WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        while (true)
        {
            if (TryDecode(buffer.Span, out int written))
            {
                return written;
            }

            _buffer ??= ArrayPool<byte>.Shared.Rent(BufferBytes);
            _start = 0;
            _end = 0;
            _end = await coded.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false);
            if (_end == 0)
            {
                throw new InvalidDataException("The body ended within its Brotli coding.");
            }
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _decoder.Dispose();
        coded.Dispose();
        base.Dispose(disposing);
    }

    private void ReturnBuffer()
    {
        if (_buffer is { } buffer)
        {
            _buffer = null;
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>A read of no bytes is complete when there may be some; no buffer is held meanwhile.</summary>
    private async ValueTask<int> WaitAsync(CancellationToken cancellationToken)
    {
        if (_start == _end && !_hasMore && !_isDone)
        {
            ReturnBuffer();
            await coded.ReadAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);
        }

        return 0;
    }

    /// <summary>Decodes what has come.</summary>
    /// <returns>Whether there are bytes, or the body is over; otherwise more must be read.</returns>
    private bool TryDecode(Span<byte> target, out int written)
    {
        written = 0;
        if (_isDone)
        {
            return true;
        }

        if (_start == _end && !_hasMore)
        {
            return false;
        }

        OperationStatus status = _decoder.Decompress(_buffer.AsSpan(_start, _end - _start), target, out int taken, out written);
        _start += taken;
        _hasMore = status == OperationStatus.DestinationTooSmall;
        _isDone = status == OperationStatus.Done;
        return status == OperationStatus.InvalidData
            ? throw new InvalidDataException("The body is not in the Brotli coding that its header names.")
            : written > 0 || _isDone;
    }
}
