using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Unarr.Pipelines.Sse;

/// <content>What the one caller does: waits, and takes frames.</content>
public sealed partial class SseClient
{
    private readonly WaitSource _wait = new();
    private readonly Action _goOn;
    private readonly RememberedIds? _remembered;
    private readonly bool _looksAtEvents;

    private SseConnection? _connection;

    // Null where nothing may be taken: before the first wait, while bytes are waited for, and after the end.
    private volatile SseFramer? _readable;
    private volatile bool _isGoingOn;
    private ConfiguredValueTaskAwaitable<bool>.ConfiguredValueTaskAwaiter _going;

    private long _events;
    private long _eventsBefore;
    private long _eventsAtOpen;
    private long _eventsReported;
    private bool _broughtNewId;
    private bool _endsAfterFrame;
    private TimeSpan _readAt;
    private TimeSpan? _lastEventAt;

    /// <inheritdoc/>
    /// <remarks>The first call makes the first attempt. A cancelled wait leaves the attempt running; the next wait takes it up.</remarks>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The client was disposed.</exception>
    /// <exception cref="InvalidOperationException">Another wait is pending.</exception>
    public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default)
    {
        if (_isDisposed)
        {
            return ValueTask.FromException<bool>(new ObjectDisposedException(nameof(SseClient)));
        }

        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<bool>(cancellationToken);
        }

        return _isGoingOn ? TakeUp(cancellationToken) : Next(cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The client was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public override bool TryRead(out SseFrame frame)
    {
        SseFramer? framer = _readable;
        // Frames that were found together were looked at together.
        if (framer is null || _looksAtEvents || !framer.TryTakeFound())
        {
            framer = TakeNext();
            if (framer is null)
            {
                frame = default;
                return false;
            }
        }

        // Its address is not taken, so that it stays in the caller's registers.
        frame = framer.Taken;
        return true;
    }

    /// <summary>Ends the client and its connection. A wait that is pending ends with <see langword="false"/>.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (!_isOver)
        {
            ReportEvents();
        }

        Close();
        lock (_gate)
        {
            _isDisposed = true;
            _timer.Dispose();
        }

        if (!_isGoingOn)
        {
            await ReleaseAsync().ConfigureAwait(false);
        }

        _exchange.Dispose();
        _ownHttp?.Dispose();
    }

    /// <summary>Takes the next frame for the caller.</summary>
    /// <returns>The framer that has it; <see langword="null"/> when there is none yet.</returns>
    private SseFramer? TakeNext()
    {
        try
        {
            while (_readable is { } framer)
            {
                if (!framer.TryTake())
                {
                    break;
                }

                if (_looksAtEvents ? IsForCaller(framer, framer.Taken) : LookAtFound(framer))
                {
                    return framer;
                }
            }
        }
        catch (SseException exception)
        {
            throw Failed(exception);
        }

        ThrowIfOver();
        return null;
    }

    private void ThrowIfOver()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _fault?.Throw();
        if (_failure is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    /// <summary>An earlier wait was cancelled; what it waited for still goes on.</summary>
    private ValueTask<bool> TakeUp(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_isGoingOn)
            {
                return _isOver ? new ValueTask<bool>(false)
                    : _wait.IsPending ? throw new InvalidOperationException("Another wait is pending: one caller at a time.")
                    : _wait.Begin(cancellationToken);
            }
        }

        return Next(cancellationToken);
    }

    private ValueTask<bool> Next(CancellationToken cancellationToken)
    {
        if (_connection is not { } connection)
        {
            return _isOver ? Over() : GoOn(RunAsync(null, null), cancellationToken);
        }

        connection.Framer.EndFrame();
        if (_endsAfterFrame || connection.Framer.EndedWithMarker)
        {
            return GoOn(RunAsync(connection, null), cancellationToken);
        }

        if (_isOver)
        {
            return OverAsync();
        }

        if (!connection.Framer.IsDrained)
        {
            return new ValueTask<bool>(true);
        }

        ValueTask<bool> read = BeginRead(connection);
        if (!read.IsCompletedSuccessfully)
        {
            return GoOn(AwaitBytesAsync(connection, read), cancellationToken);
        }

        if (!read.Result)
        {
            return GoOn(RunAsync(connection, null), cancellationToken);
        }

        if (connection.Framer.IsEnding)
        {
            return GoOn(AwaitBytesAsync(connection, new ValueTask<bool>(true)), cancellationToken);
        }

        NoteRead();
        return new ValueTask<bool>(true);
    }

    private ValueTask<bool> BeginRead(SseConnection connection)
    {
        if (_observer is not null)
        {
            // What is there at once was not waited for.
            _waitingSince = Now;
        }

        return connection.Reader.WaitToReadAsync(connection.Attempt.Token);
    }

    private async ValueTask<bool> OverAsync()
    {
        await ReleaseAsync().ConfigureAwait(false);
        return await Over().ConfigureAwait(false);
    }

    private ValueTask<bool> Over()
    {
        return _fault is { } fault ? ValueTask.FromException<bool>(fault.SourceException)
            : _failure is { } failure ? ValueTask.FromException<bool>(failure)
            : new ValueTask<bool>(false);
    }

    private async ValueTask ReleaseAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Lets something go on that the caller waits for, and may leave.</summary>
    private ValueTask<bool> GoOn(ValueTask<bool> going, CancellationToken cancellationToken)
    {
        if (going.IsCompletedSuccessfully)
        {
            return going.Result && !_isOver ? new ValueTask<bool>(true) : Over();
        }

        ValueTask<bool> wait;
        lock (_gate)
        {
            _isGoingOn = true;
            _readable = null;
            _going = going.ConfigureAwait(false).GetAwaiter();
            // Ended meanwhile: nobody would end the wait.
            wait = _isOver && _fault is null && _failure is null ? new ValueTask<bool>(false) : _wait.Begin(cancellationToken);
        }

        _going.UnsafeOnCompleted(_goOn);
        return wait;
    }

    /// <summary>What went on has ended.</summary>
    private void GoOn()
    {
        bool came = false;
        try
        {
            came = _going.GetResult();
        }
        catch (Exception exception)
        {
            Fault(exception);
        }

        bool mustRelease;
        lock (_gate)
        {
            came &= !_isOver;
            _readable = came ? _connection?.Framer : null;
            mustRelease = _isDisposed;
            _isGoingOn = false;
        }

        if (mustRelease)
        {
            _ = ReleaseAsync().AsTask();
        }

        _wait.TryEnd(came, _fault?.SourceException ?? _failure, isElsewhere: false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> AwaitBytesAsync(SseConnection connection, ValueTask<bool> read)
    {
        (bool came, Exception? failure) = await ReadAsync(connection, read).ConfigureAwait(false);
        return came || await RunAsync(connection, failure).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<(bool Came, Exception? Failure)> ReadAsync(SseConnection connection, ValueTask<bool> read)
    {
        BeginWaitingForBytes(connection);
        bool came = false;
        Exception? failure = null;
        try
        {
            came = await read.ConfigureAwait(false);
            if (connection.Framer.IsEnding)
            {
                // The end of a stream gives no frame: the caller need not look.
                came = connection.Framer.TryRead(out _);
                came |= await connection.Reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        _isWaitingForBytes = false;
        if (came)
        {
            NoteRead();
        }

        return (came, failure);
    }

    private void NoteRead()
    {
        if (_events != _eventsBefore)
        {
            _lastEventAt = _readAt;
            _eventsBefore = _events;
        }

        _readAt = Now;
        ReportEvents();
    }

    private void ReportEvents()
    {
        if (_observer is not null && _events != _eventsReported)
        {
            _observer.EventsTaken(_events - _eventsReported);
            _eventsReported = _events;
        }
    }

    /// <summary>Looks at the frames that were found together, before the caller takes them. None is kept from the caller.</summary>
    private bool LookAtFound(SseFramer framer)
    {
        if (framer.HasOwnId && !_broughtNewId)
        {
            _broughtNewId = !framer.LastEventId.IsEmpty && !framer.LastEventId.SequenceEqual(framer.TakenId);
        }

        long events = _events;
        foreach (ref readonly FoundFrame found in framer.Found)
        {
            switch (found.Kind)
            {
                case SseFrameKind.Event:
                    events++;
                    break;
                case SseFrameKind.Comment:
                    _events = events;
                    Hear();
                    break;
                default:
                    BeTold(framer.Taken.ReconnectionInterval);
                    break;
            }
        }

        _events = events;
        return true;
    }

    /// <summary>Looks at a frame before the caller does.</summary>
    private bool IsForCaller(SseFramer framer, in SseFrame frame)
    {
        switch (frame.Kind)
        {
            case SseFrameKind.Event:
                return IsEventForCaller(framer, frame);
            case SseFrameKind.Comment:
                Hear();
                return true;
            default:
                BeTold(frame.ReconnectionInterval);
                return true;
        }
    }

    private void Hear()
    {
        TimeSpan? lastEvent = _events != _eventsBefore ? _readAt : _lastEventAt;
        Apply(new ClientInput(ClientInputKind.Comment, _readAt) { LastEvent = lastEvent });
    }

    private void BeTold(TimeSpan reconnectionInterval)
    {
        Interlocked.Exchange(ref _toldTicks, reconnectionInterval.Ticks);
        Apply(new ClientInput(ClientInputKind.Told, _readAt) { Asked = reconnectionInterval });
    }

    private bool IsEventForCaller(SseFramer framer, in SseFrame frame)
    {
        if (_endsAfterFrame)
        {
            _readable = null;
            return false;
        }

        if (framer.IsEndMarker(frame.Data))
        {
            // It is not the caller's, and nothing after it is.
            _endsAfterFrame = true;
            _readable = null;
            return false;
        }

        if (framer.HasOwnId && !frame.LastEventId.IsEmpty)
        {
            bool isNew = !frame.LastEventId.SequenceEqual(framer.TakenId);
            if (_remembered is not null && !_remembered.TryAdd(frame.LastEventId))
            {
                return false;
            }

            _broughtNewId |= isNew;
        }

        _events++;
        _endsAfterFrame = framer.EndEventType is { } type && frame.EventType.SequenceEqual(type);
        return true;
    }
}
