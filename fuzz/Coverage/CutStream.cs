using Unarr.Pipelines.Testing;

namespace Unarr.Pipelines.Fuzz.Coverage;

/// <summary>A stream whose reads are cut, wait, are cancelled and fail as the input says, on the one thread that drives it.</summary>
internal sealed class CutStream : ReadStream
{
    private readonly CutInput _input;
    private int _at;
    private int _reads;
    private int _left;
    private bool _waits;
    private bool _isCancelled;
    private Memory<byte> _buffer;
    private TaskCompletionSource<int>? _pending;

    public CutStream(CutInput input)
    {
        _input = input;
        Next();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        FindingException.ThrowUnless(_pending is null, "one read at a time");
        if (!_waits)
        {
            return new ValueTask<int>(Take(buffer));
        }

        _buffer = buffer;
        _pending = new TaskCompletionSource<int>();
        return new ValueTask<int>(_pending.Task);
    }

    /// <summary>Ends the read that waits: by its bytes, or by its cancellation where the input says so.</summary>
    public void Release(CancellationTokenSource cancellation)
    {
        TaskCompletionSource<int> pending = _pending ?? throw new FindingException("who waits waits for the stream");
        _pending = null;
        if (_isCancelled)
        {
            _isCancelled = false;
            cancellation.Cancel();
            pending.SetCanceled(cancellation.Token);
            return;
        }

        _waits = false;
        try
        {
            pending.SetResult(Take(_buffer));
        }
        catch (IOException exception)
        {
            pending.SetException(exception);
        }
    }

    private int Take(Memory<byte> buffer)
    {
        int length = Math.Min(_left, buffer.Length);
        if (_at == _input.Stream.Length && _input.Fails)
        {
            throw new IOException("The input says that the stream fails here.");
        }

        _input.Stream.AsSpan(_at, length).CopyTo(buffer.Span);
        _at += length;
        _left -= length;
        if (_left == 0 && length > 0)
        {
            Next();
        }

        return length;
    }

    /// <summary>Goes on to the next read that has bytes; a read of none would be the end of the stream.</summary>
    private void Next()
    {
        int rest = _input.Stream.Length - _at;
        if (_input.Cuts.All(cut => cut.Bytes == 0))
        {
            _left = rest;
            return;
        }

        Cut cut;
        do
        {
            cut = _input.Cuts[_reads++ % _input.Cuts.Length];
        }
        while (cut.Bytes == 0);

        (_left, _waits, _isCancelled) = (Math.Min(cut.Bytes, rest), cut.Waits, cut.IsCancelled);
    }
}
