using Unarr.Pipelines.Testing;

namespace Unarr.Pipelines.Fuzz;

/// <summary>A stream that gives one chunk a read.</summary>
internal sealed class ChunkedStream(IEnumerable<ReadOnlyMemory<byte>> chunks) : ReadStream
{
    private readonly Queue<ReadOnlyMemory<byte>> _chunks = new(chunks.Where(chunk => !chunk.IsEmpty));

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
}
