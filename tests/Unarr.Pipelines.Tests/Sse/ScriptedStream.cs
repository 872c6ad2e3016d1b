using Unarr.Pipelines.Testing;

namespace Unarr.Pipelines.Tests.Sse;

/// <summary>A stream that gives one part a read, then ends or fails, and notes how large each read's buffer was.</summary>
internal sealed class ScriptedStream(params byte[][] parts) : ReadStream
{
    private int _next;

    public Exception? Failure { get; init; }

    public List<int> ReadSizes { get; } = [];

    public bool IsDisposed { get; private set; }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ReadSizes.Add(buffer.Length);
        if (_next == parts.Length && Failure != null)
        {
            return ValueTask.FromException<int>(Failure);
        }

        if (_next == parts.Length || buffer.IsEmpty)
        {
            return ValueTask.FromResult(0);
        }

        byte[] part = parts[_next++];
        part.CopyTo(buffer);
        return ValueTask.FromResult(part.Length);
    }

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }
}
