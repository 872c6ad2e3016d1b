using System.Buffers;
using System.Runtime.ExceptionServices;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.AspNetCore;

/// <summary>The application's replay for one reader: it runs beside the stream, which sends heartbeats meanwhile.</summary>
internal sealed class Replay
{
    private readonly ReplayBuffer _buffer;
    private readonly EventStream _stream;
    private readonly string _lastEventId;
    private readonly Task _writing;
    private ExceptionDispatchInfo? _failure;
    private int _sent;
    private bool _isWritten;

    public Replay(Func<string, SseWriter, CancellationToken, ValueTask> write, string lastEventId, EventStream stream, int maxBytes)
    {
        _buffer = new ReplayBuffer(maxBytes);
        _stream = stream;
        _lastEventId = lastEventId;
        _writing = WriteAsync(write);
    }

    /// <summary>Whether the application has written everything, or has failed.</summary>
    public bool IsWritten => Volatile.Read(ref _isWritten);

    /// <summary>Writes a piece of the replay to the stream.</summary>
    /// <returns>Whether more is left.</returns>
    /// <exception cref="Exception">The application's replay threw an exception: nothing of it is sent.</exception>
    public bool WriteNext()
    {
        _failure?.Throw();
        ReadOnlySpan<byte> piece = _buffer.Written[_sent..];
        piece = piece[..Math.Min(piece.Length, EventStream.PieceBytes)];
        _stream.Output.Write(piece);
        _sent += piece.Length;
        return _sent < _buffer.Written.Length;
    }

    /// <summary>Gives the memory back: the replay is over.</summary>
    /// <returns>The ids that the reader has now.</returns>
    public ReplayedIds Finish(int maxUnsent)
    {
        ReplayedIds ids = new(_lastEventId, _buffer.Written, maxUnsent);
        _buffer.Release();
        return ids;
    }

    /// <summary>Waits for the application's code, which has been cancelled, but not for ever.</summary>
    public async ValueTask CloseAsync()
    {
        if (await Cancelled.IsOverSoonAsync(_writing).ConfigureAwait(false))
        {
            _buffer.Release();
            if (_failure?.SourceException is not (null or OperationCanceledException))
            {
                _failure.Throw();
            }
        }
    }

    private async Task WriteAsync(Func<string, SseWriter, CancellationToken, ValueTask> write)
    {
        try
        {
            await write(_lastEventId, new SseWriter(_buffer), _stream.Ended).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _failure = ExceptionDispatchInfo.Capture(exception);
        }

        Volatile.Write(ref _isWritten, true);
        _stream.Wake();
    }
}
