using System.Buffers;
using System.Runtime.CompilerServices;

namespace Unarr.Pipelines.Net;

/// <summary>A connection that is read in large pieces, however small those are that the HTTP handler asks for.</summary>
/// <remarks>
/// A handler reads 4 KiB at a time into a buffer of its own: behind a burst, each of those reads is a call of the system. Here one read
/// takes what has come, up to <see cref="PieceBytes"/>. A read of no bytes goes to the connection, and no buffer is held while nothing
/// is read or kept: an idle stream costs what it did.
/// </remarks>
/// <param name="connection">The connection, which is disposed with this stream.</param>
internal sealed class LargeReadStream(Stream connection) : Stream
{
    /// <summary>How many bytes are read at once at most.</summary>
    public const int PieceBytes = 64 * 1024;

    // Whoever asks for so many takes a burst as it is, without a copy.
    private const int DirectBytes = 16 * 1024;

    private byte[]? _piece;
    private int _start;
    private int _end;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The bytes of the buffer held now.</summary>
    public int HeldBytes => _piece?.Length ?? 0;

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (_piece is null)
        {
            if (buffer.Length is 0 or >= DirectBytes)
            {
                return connection.Read(buffer);
            }

            byte[] piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
            Keep(piece, connection.Read(piece, 0, PieceBytes));
        }

        return Take(buffer);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_piece is not null)
        {
            return new ValueTask<int>(Take(buffer.Span));
        }

        if (buffer.Length is 0 or >= DirectBytes)
        {
            return connection.ReadAsync(buffer, cancellationToken);
        }

        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        ValueTask<int> read = connection.ReadAsync(piece.AsMemory(0, PieceBytes), cancellationToken);
        if (!read.IsCompletedSuccessfully)
        {
            return KeepAsync(piece, read, buffer);
        }

        Keep(piece, read.Result);
        return new ValueTask<int>(Take(buffer.Span));
    }

    public override void Write(byte[] buffer, int offset, int count) => connection.Write(buffer, offset, count);

    public override void Write(ReadOnlySpan<byte> buffer) => connection.Write(buffer);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        connection.WriteAsync(buffer, offset, count, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        connection.WriteAsync(buffer, cancellationToken);

    public override void Flush() => connection.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => connection.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await connection.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        // A read that is under way has the buffer: it is not given back here.
        if (disposing)
        {
            connection.Dispose();
        }

        base.Dispose(disposing);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> KeepAsync(byte[] piece, ValueTask<int> read, Memory<byte> buffer)
    {
        Keep(piece, await read.ConfigureAwait(false));
        return Take(buffer.Span);
    }

    private void Keep(byte[] piece, int bytes)
    {
        _piece = piece;
        (_start, _end) = (0, bytes);
    }

    /// <summary>Takes bytes that were read; the buffer is given back with the last of them.</summary>
    private int Take(Span<byte> buffer)
    {
        int taken = Math.Min(buffer.Length, _end - _start);
        _piece.AsSpan(_start, taken).CopyTo(buffer);
        _start += taken;
        if (_start == _end)
        {
            ArrayPool<byte>.Shared.Return(_piece!);
            _piece = null;
        }

        return taken;
    }
}
