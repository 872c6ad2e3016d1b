namespace Unarr.Pipelines.Net;

/// <summary>The time that one exchange has, and the caller's wish to end it before.</summary>
internal sealed class Deadline : IDisposable
{
    private readonly CancellationTokenSource _time;
    private readonly CancellationTokenSource _either;
    private readonly CancellationToken _caller;
    private readonly TimeProvider _timeProvider;

    public Deadline(TimeSpan time, TimeProvider timeProvider, CancellationToken caller)
        : this(time, timeProvider, caller, caller)
    {
    }

    private Deadline(TimeSpan time, TimeProvider timeProvider, CancellationToken whole, CancellationToken caller)
    {
        _caller = caller;
        _timeProvider = timeProvider;
        _time = new CancellationTokenSource(time, timeProvider);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_time.Token, whole);
    }

    public CancellationToken Token => _either.Token;

    /// <summary>Whether the time is over.</summary>
    public bool HasPassed => _time.IsCancellationRequested;

    /// <summary>A step of the exchange, which has a time of its own within that of the whole.</summary>
    public Deadline Part(TimeSpan time) => new(time, _timeProvider, Token, _caller);

    /// <summary>Whether an exception tells of the exchange: the network's, or the deadline's; not the caller's own cancelling.</summary>
    public bool IsFailure(Exception exception) =>
        exception is HttpRequestException or IOException
        || (exception is OperationCanceledException && !_caller.IsCancellationRequested);

    public void Dispose()
    {
        _either.Dispose();
        _time.Dispose();
    }
}
