namespace Unarr.Pipelines.Tests.Sse;

/// <summary>A stream that waits, in empty reads too, until bytes are pushed into it.</summary>
internal sealed class PushedStream : Stream
{
    private ReadOnlyMemory<byte> _bytes;
    private TaskCompletionSource _pushed = new();

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

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
            await _pushed.Task;
        }

        int length = Math.Min(_bytes.Length, buffer.Length);
        _bytes[..length].CopyTo(buffer);
        _bytes = _bytes[length..];
        return length;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
