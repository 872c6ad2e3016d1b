using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;

namespace Unarr.Pipelines.Sse;

/// <content>What goes on while the caller waits: the loop around the machine.</content>
public sealed partial class SseClient
{
    private readonly ClientTimer _timer;

    private AttemptScope? _attempt;
    private TaskCompletionSource? _due;
    private bool _skipsWait;
    private DateTimeOffset _nextAttemptAt;
    private SseException? _endedBy;
    private AttemptEnd _endedAs;
    private SseException? _lastFailure;
    private HttpResponseHeaders? _responseHeaders;
    private long _toldTicks = -1;
    private int _endReason;
    private TimeSpan _waitingSince;
    private TimeSpan? _idleTimeout;
    private volatile bool _isWaitingForBytes;
    private volatile bool _isOver;
    private volatile bool _isDisposed;
    private volatile SseException? _failure;
    private volatile ExceptionDispatchInfo? _fault;

    /// <summary>Ends the client from any thread, without an exception: a pending wait returns <see langword="false"/>, and no further frame
    /// is returned. It has no effect when the client has ended.</summary>
    public void Close()
    {
        AttemptScope? attempt;
        lock (_gate)
        {
            if (_isOver)
            {
                return;
            }

            Carry(_machine.Apply(new ClientInput(ClientInputKind.Close, Now)), null);
            attempt = _attempt;
            _due?.TrySetResult();
        }

        attempt?.Drop(AttemptEnd.Dropped);
        _observer?.Closed(SseEndReason.Closed, null);
        _wait.TryEnd(result: false, failure: null, isElsewhere: true);
    }

    /// <summary>Drops the connection, or the wait for the next attempt, and connects again without delay; from any thread.</summary>
    /// <remarks>
    /// The frames that were received are still returned first. Nothing happens before the first wait and after the end. A request that may
    /// not be sent again is not: the client then ends with <see cref="SseEndReason.EndOfStream"/>.
    /// </remarks>
    public void Reconnect()
    {
        AttemptScope? attempt;
        lock (_gate)
        {
            bool waits = _machine.State == SseClientState.Waiting;
            attempt = waits ? null : _attempt;
            // The wait may be decided and not have begun.
            _skipsWait = waits && _due is null;
            _due?.TrySetResult();
        }

        attempt?.Drop(AttemptEnd.Dropped);
    }

    /// <summary>Goes on until bytes have come or the client has ended.</summary>
    /// <param name="ended">The connection that has ended; <see langword="null"/> at the first call.</param>
    /// <param name="failure">How it broke off.</param>
    private async ValueTask<bool> RunAsync(SseConnection? ended, Exception? failure)
    {
        ClientEffect effect = ended is null
            ? Apply(new ClientInput(ClientInputKind.Begin, Now))
            : await EndAsync(ended, failure).ConfigureAwait(false);
        HttpRequestMessage? request = null;
        try
        {
            while (true)
            {
                switch (effect.Kind)
                {
                    case ClientEffectKind.Ask:
                        (effect, request) = await AskAsync().ConfigureAwait(false);
                        break;
                    case ClientEffectKind.Wait:
                        await DelayAsync(effect.Delay).ConfigureAwait(false);
                        effect = Apply(new ClientInput(ClientInputKind.Due, Now));
                        break;
                    case ClientEffectKind.Send:
                        HttpRequestMessage sent = request!;
                        request = null;
                        effect = await SendAsync(sent).ConfigureAwait(false);
                        if (_connection is { } connection && !_isOver)
                        {
                            (bool came, failure) = await ReadAsync(connection, BeginRead(connection)).ConfigureAwait(false);
                            if (came)
                            {
                                _readable = connection.Framer;
                                return true;
                            }

                            effect = await EndAsync(connection, failure).ConfigureAwait(false);
                        }

                        break;
                    default:
                        await ReleaseAsync().ConfigureAwait(false);
                        return false;
                }
            }
        }
        finally
        {
            request?.Dispose();
        }
    }

    private SseAttempt NextAttempt() => new()
    {
        Number = _machine.Attempts + 1,
        LastEventId = _exchange.Sendable(LastEventId),
        Failure = _endedBy,
    };

    private async ValueTask<(ClientEffect Effect, HttpRequestMessage? Request)> AskAsync()
    {
        var scope = new AttemptScope();
        Interlocked.Exchange(ref _attempt, scope)?.Dispose();
        HttpRequestMessage? request = null;
        try
        {
            request = await _exchange.CreateAsync(NextAttempt(), scope.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (scope.Cause != AttemptEnd.None)
        {
            // Nothing was sent.
        }

        if (scope.Cause != AttemptEnd.None)
        {
            request?.Dispose();
            return (Apply(new ClientInput(ClientInputKind.Reconnect, Now)), null);
        }

        ClientEffect effect = request is null
            ? Apply(new ClientInput(ClientInputKind.Declined, Now))
            : Apply(new ClientInput(ClientInputKind.Requested, Now) { MayBeSentAgain = MayBeSentAgain(request) });
        if (effect.Kind is ClientEffectKind.End or ClientEffectKind.Fail or ClientEffectKind.None)
        {
            request?.Dispose();
            request = null;
        }

        return (effect, request);
    }

    /// <summary>Whether a request may be sent again. The id is looked at only where it matters: it may have to be made a string.</summary>
    private bool MayBeSentAgain(HttpRequestMessage request) => ReplayRule.MayBeSentAgain(
        _settings.Replay,
        request.Method.Method,
        _settings.Replay == SseReplay.WithLastEventId && _exchange.Sendable(LastEventId).Length > 0);

    private async Task DelayAsync(TimeSpan delay)
    {
        if (delay == TimeSpan.Zero)
        {
            // The caller is to be able to leave.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            return;
        }

        var due = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_isOver || _skipsWait)
            {
                return;
            }

            _due = due;
            _timer.Set(ClientTimerPurpose.Attempt, Now + delay, Now);
        }

        await due.Task.ConfigureAwait(false);
        lock (_gate)
        {
            _due = null;
            _timer.Clear();
        }
    }

    private async ValueTask<ClientEffect> SendAsync(HttpRequestMessage request)
    {
        // A request that was made before a wait has the scope that it was made in.
        AttemptScope scope = _attempt!;
        bool mayBeSentAgain = MayBeSentAgain(request);
        SseAttempt attempt = new() { Number = _machine.Attempts, LastEventId = _exchange.Sendable(LastEventId), Failure = _endedBy };
        BeginWaitingForAnswer(mayBeSentAgain);
        _observer?.AttemptBegan(attempt.Number, request.Method, SecretRedaction.Redacted(_exchange.AddressOf(request)));
        SseAnswer answer;
        try
        {
            answer = await _exchange.SendAsync(scope, attempt, request, LastEventId).ConfigureAwait(false);
        }
        catch (Exception exception) when (scope.Cause != AttemptEnd.None)
        {
            SseException? late = scope.Cause == AttemptEnd.NoAnswer ? SseExchange.Failure(scope.Cause, request, exception) : null;
            return Ended(scope.Cause, late, default, mayBeSentAgain);
        }
        finally
        {
            lock (_gate)
            {
                _timer.Clear();
            }
        }

        if (answer.Headers is not null)
        {
            Volatile.Write(ref _responseHeaders, answer.Headers);
        }

        if (answer.Connection is not { } connection)
        {
            return Ended(answer.End, answer.Failure, answer.RetryAfter, mayBeSentAgain);
        }

        _connection = connection;
        _takenId.Follow(connection.Framer);
        _eventsAtOpen = _events;
        _eventsBefore = _events;
        _broughtNewId = false;
        _lastEventAt = null;
        _observer?.Opened(attempt.Number);
        return Apply(new ClientInput(ClientInputKind.Opened, Now));
    }

    /// <summary>A connection has ended.</summary>
    private async ValueTask<ClientEffect> EndAsync(SseConnection connection, Exception? failure)
    {
        AttemptEnd end = EndOf(connection, failure);
        SseException? exception = end switch
        {
            AttemptEnd.BoundPassed => SseExchange.BoundPassed((SseException)failure!, connection.Request),
            _ when AttemptEnds.IsFailure(end) => SseExchange.Failure(end, connection.Request, failure),
            _ => null,
        };
        bool mayBeSentAgain = MayBeSentAgain(connection.Request);
        _readable = null;
        await ReleaseAsync().ConfigureAwait(false);
        return Ended(end, exception, default, mayBeSentAgain);
    }

    private AttemptEnd EndOf(SseConnection connection, Exception? failure)
    {
        SseFramer framer = connection.Framer;
        if (connection.Attempt.Cause == AttemptEnd.Silent && framer.IsDrained)
        {
            // What the silence leaves without its blank line.
            framer.Complete();
            framer.TryRead(out _);
        }

        return (connection.Attempt.Cause, failure) switch
        {
            _ when _endsAfterFrame || framer.EndedWithMarker => AttemptEnd.Marker,
            (not AttemptEnd.None and AttemptEnd cause, _) => cause,
            (_, null) when connection.IsJson => AttemptEnd.Json,
            (_, null) => _settings.HasMarker ? AttemptEnd.MarkerMissing : AttemptEnd.Proper,
            (_, SseException) => AttemptEnd.BoundPassed,
            (_, IOException or HttpRequestException or SocketException or TimeoutException or InvalidDataException
                or OperationCanceledException or ObjectDisposedException) => AttemptEnd.Cut,
            _ => AttemptEnd.Fault,
        };
    }

    private ClientEffect Ended(AttemptEnd end, SseException? failure, TimeSpan retryAfter, bool mayBeSentAgain)
    {
        long events = _events - _eventsAtOpen;
        bool broughtNewId = _broughtNewId;
        _eventsAtOpen = _events;
        _broughtNewId = false;
        ReportEvents();
        ClientEffect effect;
        lock (_gate)
        {
            if (_isOver)
            {
                return default;
            }

            _endedBy = failure;
            _endedAs = end;
            if (failure is not null)
            {
                Volatile.Write(ref _lastFailure, failure);
            }

            effect = _machine.Apply(new ClientInput(ClientInputKind.Ended, Now)
            {
                End = end,
                MayBeSentAgain = mayBeSentAgain,
                BroughtEvents = events > 0,
                BroughtNewId = broughtNewId,
                Asked = retryAfter,
                Random = _random(),
            });
            Carry(effect, failure);
        }

        _observer?.AttemptEnded(_machine.Attempts, end, failure, events);
        Report(effect, end, failure);
        return effect;
    }

    /// <summary>A bound was passed while the caller took frames.</summary>
    private SseException Failed(SseException exception)
    {
        if (_failure is { } before)
        {
            return before;
        }

        if (_connection is not { } connection)
        {
            return exception;
        }

        _readable = null;
        SseException failure = SseExchange.BoundPassed(exception, connection.Request);
        Ended(AttemptEnd.BoundPassed, failure, default, mayBeSentAgain: false);
        connection.Attempt.Drop(AttemptEnd.BoundPassed);
        return failure;
    }

    /// <summary>The caller's own function, or a handler, threw what is not a failure of a stream.</summary>
    private void Fault(Exception exception)
    {
        lock (_gate)
        {
            if (_isOver)
            {
                return;
            }

            _machine.Apply(new ClientInput(ClientInputKind.Close, Now));
            _fault = ExceptionDispatchInfo.Capture(exception);
            _isOver = true;
            _readable = null;
        }

        _observer?.Closed(SseEndReason.None, null);
    }

    private ClientEffect Apply(in ClientInput input)
    {
        ClientEffect effect;
        lock (_gate)
        {
            effect = _machine.Apply(input);
            Carry(effect, _endedBy);
        }

        Report(effect, _endedAs, _endedBy);
        return effect;
    }

    /// <summary>Notes what the machine has decided. The lock is held.</summary>
    private void Carry(ClientEffect effect, SseException? failure)
    {
        switch (effect.Kind)
        {
            case ClientEffectKind.End:
                Volatile.Write(ref _endReason, (int)effect.Reason);
                _readable = null;
                _isOver = true;
                _timer.Clear();
                break;
            case ClientEffectKind.Fail:
                _failure = failure;
                _readable = null;
                _isOver = true;
                _timer.Clear();
                break;
            case ClientEffectKind.Wait:
                _nextAttemptAt = _time.GetUtcNow() + effect.Delay;
                break;
        }
    }

    private void Report(ClientEffect effect, AttemptEnd end, SseException? failure)
    {
        if (_observer is not { } observer)
        {
            return;
        }

        switch (effect.Kind)
        {
            case ClientEffectKind.End:
                observer.Closed(effect.Reason, null);
                break;
            case ClientEffectKind.Fail:
                observer.Closed(SseEndReason.None, failure);
                break;
            case ClientEffectKind.Wait:
                observer.Waits(_machine.Attempts, end, failure, effect.Delay);
                break;
            case ClientEffectKind.Ask when end == AttemptEnd.Refused:
                observer.Renews(_machine.Attempts, failure);
                break;
        }
    }

    private void BeginWaitingForAnswer(bool mayBeSentAgain)
    {
        lock (_gate)
        {
            _skipsWait = false;
            if (!_isOver && _machine.ResponseTimeout(mayBeSentAgain) is { } time)
            {
                _timer.Set(ClientTimerPurpose.Answer, Now + time, Now);
            }
        }
    }

    private void BeginWaitingForBytes(SseConnection connection)
    {
        TimeSpan now = Now;
        lock (_gate)
        {
            _waitingSince = now;
            _isWaitingForBytes = true;
            _idleTimeout = _machine.IdleTimeout(MayBeSentAgain(connection.Request));
            // One that is set for earlier looks again when it fires.
            if (_idleTimeout is { } idle && !_isOver && (_timer.Purpose != ClientTimerPurpose.Bytes || now + idle < _timer.DueAt))
            {
                _timer.Set(ClientTimerPurpose.Bytes, now + idle, now);
            }
        }
    }

    private void TimeHasCome(ClientTimer timer)
    {
        AttemptScope? dropped = null;
        AttemptEnd cause = AttemptEnd.None;
        lock (_gate)
        {
            TimeSpan now = Now;
            TimeSpan dueAt = timer.Purpose == ClientTimerPurpose.Bytes && _isWaitingForBytes && _idleTimeout is { } idle
                ? _waitingSince + idle
                : timer.DueAt;
            if (timer.Purpose != ClientTimerPurpose.None && now < dueAt)
            {
                timer.Set(timer.Purpose, dueAt, now);
                return;
            }

            switch (timer.Purpose)
            {
                case ClientTimerPurpose.Attempt:
                    _due?.TrySetResult();
                    break;
                case ClientTimerPurpose.Answer:
                    (dropped, cause) = (_attempt, AttemptEnd.NoAnswer);
                    break;
                case ClientTimerPurpose.Bytes when _isWaitingForBytes && _idleTimeout is not null:
                    (dropped, cause) = (_attempt, AttemptEnd.Silent);
                    break;
            }

            timer.Clear();
        }

        dropped?.Drop(cause);
    }
}
