using Unarr.Pipelines.Testing;

namespace Unarr.Pipelines.Bench.Contestants;

/// <summary>A stream of one corpus over and over, at most so many bytes a read; no read goes over the end of a pass.</summary>
internal sealed class PassStream(ReadOnlyMemory<byte> bytes, int atMost = int.MaxValue) : ReadStream
{
    private int _at;

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
}
