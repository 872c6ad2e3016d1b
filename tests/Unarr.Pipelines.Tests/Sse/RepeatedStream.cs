using Unarr.Pipelines.Testing;

namespace Unarr.Pipelines.Tests.Sse;

/// <summary>The same bytes over and over, at most so many a read.</summary>
internal sealed class RepeatedStream(byte[] bytes, int readBytes) : ReadStream
{
    private int _at;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int length = Math.Min(Math.Min(buffer.Length, readBytes), bytes.Length - _at);
        bytes.AsSpan(_at, length).CopyTo(buffer.Span);
        _at = (_at + length) % bytes.Length;
        return new ValueTask<int>(length);
    }
}
