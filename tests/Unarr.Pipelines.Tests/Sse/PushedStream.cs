using Unarr.Pipelines.Testing;

namespace Unarr.Pipelines.Tests.Sse;

/// <summary>A stream that waits, in empty reads too, until bytes are pushed into it.</summary>
internal sealed class PushedStream : ReadStream
{
    private ReadOnlyMemory<byte> _bytes;
    private TaskCompletionSource _pushed = new();

    /// <summary>Gives bytes to the read that waits; none end the stream.</summary>
    public void Push(ReadOnlyMemory<byte> bytes)
    {
        _bytes = bytes;
        TaskCompletionSource pushed = _pushed;
        _pushed = new TaskCompletionSource();
        pushed.SetResult();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_bytes.IsEmpty && buffer.IsEmpty)
        {
            await _pushed.Task.ConfigureAwait(false);
        }

        int length = Math.Min(_bytes.Length, buffer.Length);
        _bytes[..length].CopyTo(buffer);
        _bytes = _bytes[length..];
        return length;
    }
}
