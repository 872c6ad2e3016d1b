namespace Unarr.Pipelines.Testing;

/// <summary>A stream that gives one part a read, as much as fits, and makes every so-manieth read wait once before it is
/// complete.</summary>
/// <param name="parts">The parts.</param>
/// <param name="waitEvery">1 makes every read wait, 0 none.</param>
public sealed class WaitingStream(IEnumerable<ReadOnlyMemory<byte>> parts, int waitEvery) : ReadStream
{
    private readonly IEnumerator<ReadOnlyMemory<byte>> _parts = parts.Where(part => !part.IsEmpty).GetEnumerator();
    private ReadOnlyMemory<byte> _part;
    private int _reads;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        waitEvery > 0 && ++_reads % waitEvery == 0 ? WaitAndReadAsync(buffer) : new ValueTask<int>(Read(buffer.Span));

    public override int Read(Span<byte> buffer)
    {
        if (_part.IsEmpty && _parts.MoveNext())
        {
            _part = _parts.Current;
        }

        int length = Math.Min(_part.Length, buffer.Length);
        _part[..length].Span.CopyTo(buffer);
        _part = _part[length..];
        return length;
    }

    private async ValueTask<int> WaitAndReadAsync(Memory<byte> buffer)
    {
        await Task.Yield();
        return Read(buffer.Span);
    }
}
