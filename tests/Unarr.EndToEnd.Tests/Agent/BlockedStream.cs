namespace Unarr.EndToEnd.Tests.Agent;

/// <summary>An output whose reader does not read until it is let go: each write waits.</summary>
internal sealed class BlockedStream : Stream
{
    private readonly ManualResetEventSlim _gate = new();
    private readonly MemoryStream _written = new();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public string Written
    {
        get
        {
            lock (_written)
            {
                return System.Text.Encoding.UTF8.GetString(_written.ToArray());
            }
        }
    }

    public void LetGo() => _gate.Set();

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _gate.Wait();
        lock (_written)
        {
            _written.Write(buffer);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            LetGo();
        }

        base.Dispose(disposing);
    }
}
