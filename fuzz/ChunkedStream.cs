namespace Unarr.Pipelines.Fuzz;

/// <summary>A stream that gives one chunk a read.</summary>
internal sealed class ChunkedStream(IEnumerable<ReadOnlyMemory<byte>> chunks) : Stream
{
    private readonly Queue<ReadOnlyMemory<byte>> _chunks = new(chunks.Where(chunk => !chunk.IsEmpty));

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (!_chunks.TryPeek(out ReadOnlyMemory<byte> chunk))
        {
            return 0;
        }

        int length = Math.Min(chunk.Length, buffer.Length);
        chunk[..length].Span.CopyTo(buffer);
        _chunks.Dequeue();
        if (length < chunk.Length)
        {
            // What did not fit stays first; the other chunks move up behind it.
            ReadOnlyMemory<byte>[] later = [.. _chunks];
            _chunks.Clear();
            _chunks.Enqueue(chunk[length..]);
            Array.ForEach(later, _chunks.Enqueue);
        }

        return length;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
