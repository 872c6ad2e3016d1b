namespace Unarr.Pipelines.Sse;

/// <summary>Decides when a client makes an attempt, how long it waits before, and when it ends: pure, without a task, a clock or a
/// socket.</summary>
/// <param name="settings">The options.</param>
internal sealed class SseClientMachine(SseClientSettings settings)
{
    /// <summary>"Until one attempt has opened, at most 5 are made (certificate and name errors: 2)."</summary>
    private const int MostUnopened = 5;
    private const int MostUntrusted = 2;

    /// <summary>How long a connection lives at least that begins the delays anew.</summary>
    private static readonly TimeSpan LongLived = TimeSpan.FromSeconds(60);

    private readonly Silence _silence = new();
    private Phase _phase;
    private int _attempts;
    private bool _hasOpened;
    private TimeSpan _opened;
    private bool _isOpen;
    private int _eventless;
    private int _failures;
    private bool _isRenewed;
    private TimeSpan? _told;
    private AttemptEnd _end;
    private Verdict _verdict;
    private TimeSpan? _owed;
    private bool _isRequested;

    private enum Phase : byte
    {
        Idle,

        /// <summary>The next attempt's request is being made.</summary>
        Asking,
        Connecting,
        Open,
        Waiting,
        Closed,
    }

    /// <summary>What the client is doing.</summary>
    public SseClientState State => _phase switch
    {
        Phase.Idle => SseClientState.Idle,
        Phase.Asking or Phase.Connecting => SseClientState.Connecting,
        Phase.Open => SseClientState.Open,
        Phase.Waiting => SseClientState.Waiting,
        _ => SseClientState.Closed,
    };

    /// <summary>Which attempt is under way, or was the last one.</summary>
    public int Attempts => _attempts;

    /// <summary>Takes what happened, and returns what is to be done.</summary>
    public ClientEffect Apply(in ClientInput input) => (_phase, input.Kind) switch
    {
        (Phase.Closed, _) => default,
        (_, ClientInputKind.Close) => Close(SseEndReason.Closed),
        (Phase.Idle, ClientInputKind.Begin) => Ask(),
        (Phase.Asking, ClientInputKind.Requested) => Requested(input),
        (Phase.Asking, ClientInputKind.Declined) => GiveUp(),
        (Phase.Asking, ClientInputKind.Reconnect) => AskAnew(),
        (Phase.Connecting, ClientInputKind.Opened) => Open(input),
        (Phase.Open, ClientInputKind.Told) => Told(input),
        (Phase.Open, ClientInputKind.Comment) => Comment(input),
        (Phase.Asking or Phase.Connecting or Phase.Open, ClientInputKind.Ended) => Ended(input),
        (Phase.Waiting, ClientInputKind.Due or ClientInputKind.Reconnect) => _isRequested ? Send() : Ask(),
        // What comes late, or too early: a second begin, a time of a wait that is over.
        _ => default,
    };

    /// <summary>How long an answer's headers may take; <see langword="null"/>: without end.</summary>
    /// <param name="mayBeSentAgain">Whether the request may be sent again.</param>
    public TimeSpan? ResponseTimeout(bool mayBeSentAgain) =>
        mayBeSentAgain || settings.IsResponseTimeoutChosen ? settings.ResponseTimeout : null;

    /// <summary>Which silence is too long; <see langword="null"/>: none is.</summary>
    /// <param name="mayBeSentAgain">Whether the request may be sent again.</param>
    public TimeSpan? IdleTimeout(bool mayBeSentAgain) => settings switch
    {
        { IsIdleTimeoutChosen: true } => settings.IdleTimeout,
        { Strict: true } => null,
        _ => mayBeSentAgain ? _silence.TooLong : null,
    };

    private ClientEffect Ask()
    {
        _phase = Phase.Asking;
        _isRequested = false;
        return new ClientEffect(ClientEffectKind.Ask);
    }

    private ClientEffect Requested(in ClientInput input)
    {
        bool isAllowed = _attempts == 0 || input.MayBeSentAgain || _verdict is Verdict.Again or Verdict.Once;
        return !isAllowed ? GiveUp() : _owed is { } delay ? Wait(delay, isRequested: true) : Send();
    }

    private ClientEffect Send()
    {
        _phase = Phase.Connecting;
        _attempts++;
        _isOpen = false;
        _owed = null;
        return new ClientEffect(ClientEffectKind.Send);
    }

    private ClientEffect Wait(TimeSpan delay, bool isRequested)
    {
        _phase = Phase.Waiting;
        _isRequested = isRequested;
        _owed = null;
        return new ClientEffect(ClientEffectKind.Wait, delay);
    }

    private ClientEffect Open(in ClientInput input)
    {
        _phase = Phase.Open;
        _hasOpened = true;
        _isOpen = true;
        _isRenewed = false;
        _opened = input.At;
        _silence.Open();
        return default;
    }

    private ClientEffect Told(in ClientInput input)
    {
        _told = input.Asked;
        return default;
    }

    private ClientEffect Comment(in ClientInput input)
    {
        _silence.Comment(input.At, input.LastEvent);
        return default;
    }

    private ClientEffect Ended(in ClientInput input)
    {
        _end = input.End;
        _verdict = Verdicts.Of(_end, settings.Strict, settings.CloseAtEnd);
        Count(input);
        return _verdict switch
        {
            Verdict.End => Close(AttemptEnds.Reason(_end)),
            Verdict.Fail => Fail(),
            Verdict.Once => IsExhausted() ? Fail() : Renew(),
            Verdict.AtOnce or Verdict.IfRepeatable when settings.Replay == SseReplay.Never => GiveUp(),
            Verdict.AtOnce => Ask(),
            _ when IsExhausted() => Fail(),
            Verdict.Again => Wait(Delay(input), isRequested: false),
            // The request of the next attempt decides. Where it is likely to be refused, nobody waits for that.
            _ => input.MayBeSentAgain ? Wait(Delay(input), isRequested: false) : AskBeforeWaiting(Delay(input)),
        };
    }

    private void Count(in ClientInput input)
    {
        // "Anew after a connection that lived 60 s or brought an event with a new id."
        bool beginsAnew = _isOpen && (input.BroughtNewId || input.At - _opened >= LongLived);
        _eventless = beginsAnew ? 0 : input.BroughtEvents ? _eventless : _eventless + 1;
        _failures = AttemptEnds.IsFailure(_end) && !beginsAnew && !input.BroughtEvents ? _failures + 1 : 0;
        if (_end == AttemptEnd.Silent)
        {
            _silence.Forget();
        }
    }

    private bool IsExhausted() => settings.MaxAttempts is { } most
        ? _failures >= most
        : !_hasOpened && _attempts >= (_end == AttemptEnd.NotTrusted ? MostUntrusted : MostUnopened);

    private TimeSpan Delay(in ClientInput input) =>
        ReconnectTime.Of(settings, _told, input.Asked, _eventless, input.BroughtEvents, input.Random);

    private ClientEffect AskBeforeWaiting(TimeSpan delay)
    {
        _owed = delay;
        return Ask();
    }

    /// <summary>The request that was being made is not sent, and what was owed to the server is dropped.</summary>
    private ClientEffect AskAnew()
    {
        _owed = null;
        return Ask();
    }

    /// <summary>"One more request (a fresh token), then exception."</summary>
    private ClientEffect Renew()
    {
        if (_isRenewed)
        {
            return Fail();
        }

        _isRenewed = true;
        return Ask();
    }

    /// <summary>There is to be no next attempt: how the last one ended is how the client ends.</summary>
    private ClientEffect GiveUp() => AttemptEnds.IsFailure(_end) ? Fail() : Close(AttemptEnds.Reason(_end));

    private ClientEffect Close(SseEndReason reason)
    {
        _phase = Phase.Closed;
        return new ClientEffect(ClientEffectKind.End, Reason: reason);
    }

    private ClientEffect Fail()
    {
        _phase = Phase.Closed;
        return new ClientEffect(ClientEffectKind.Fail);
    }
}
