namespace Unarr.Pipelines.Http;

/// <summary>The time that one exchange has, and the caller's wish to end it before.</summary>
internal sealed class Deadline : IDisposable
{
    private readonly CancellationTokenSource _time;
    private readonly CancellationTokenSource _either;
    private readonly CancellationToken _caller;

    public Deadline(TimeSpan time, TimeProvider timeProvider, CancellationToken caller)
    {
        _caller = caller;
        _time = new CancellationTokenSource(time, timeProvider);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_time.Token, caller);
    }

    public CancellationToken Token => _either.Token;

    /// <summary>Whether the time is over.</summary>
    public bool HasPassed => _time.IsCancellationRequested;

    /// <summary>Whether an exception tells of the exchange: the network's, or the deadline's; not the caller's own cancelling.</summary>
    public bool IsFailure(Exception exception) =>
        exception is HttpRequestException or (IOException and not ControlPlaneException)
        || (exception is OperationCanceledException && !_caller.IsCancellationRequested);

    public void Dispose()
    {
        _either.Dispose();
        _time.Dispose();
    }
}
