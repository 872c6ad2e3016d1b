namespace Unarr.Pipelines.Tests.Sse;

/// <summary>The same bytes over and over, at most so many a read.</summary>
internal sealed class RepeatedStream(byte[] bytes, int readBytes) : Stream
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

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int length = Math.Min(Math.Min(buffer.Length, readBytes), bytes.Length - _at);
        bytes.AsSpan(_at, length).CopyTo(buffer.Span);
        _at = (_at + length) % bytes.Length;
        return new ValueTask<int>(length);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
