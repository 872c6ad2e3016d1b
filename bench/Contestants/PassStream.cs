namespace Unarr.Pipelines.Bench.Contestants;

/// <summary>A stream of one corpus over and over, at most so many bytes a read; no read goes over the end of a pass.</summary>
internal sealed class PassStream(ReadOnlyMemory<byte> bytes, int atMost = int.MaxValue) : Stream
{
    private int _at;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override int Read(Span<byte> buffer)
    {
        int length = Math.Min(Math.Min(buffer.Length, atMost), bytes.Length - _at);
        bytes.Span.Slice(_at, length).CopyTo(buffer);
        _at += length;
        if (_at == bytes.Length)
        {
            _at = 0;
        }

        return length;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
