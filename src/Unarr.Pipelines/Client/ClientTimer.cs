namespace Unarr.Pipelines.Sse;

/// <summary>The one timer of a client: for the time of the next attempt, for an answer, and for silence.</summary>
internal sealed class ClientTimer : IDisposable
{
    private readonly TimeProvider _time;
    private readonly Action<ClientTimer> _due;
    private ITimer? _timer;
    private bool _isDisposed;

    /// <param name="time">The clock.</param>
    /// <param name="due">Is called, on any thread, when the time has come; it may come for a purpose that is over.</param>
    public ClientTimer(TimeProvider time, Action<ClientTimer> due) => (_time, _due) = (time, due);

    /// <summary>What it waits for; the owner's lock guards it.</summary>
    public ClientTimerPurpose Purpose { get; private set; }

    /// <summary>When it is due.</summary>
    public TimeSpan DueAt { get; private set; }

    /// <summary>Waits until a time. The owner's lock is held.</summary>
    public void Set(ClientTimerPurpose purpose, TimeSpan dueAt, TimeSpan now)
    {
        if (_isDisposed)
        {
            return;
        }

        Purpose = purpose;
        DueAt = dueAt;
        // The clock of a timer may be a millisecond ahead.
        TimeSpan rest = TimeSpan.FromMilliseconds(Math.Ceiling((dueAt - now).TotalMilliseconds));
        rest = rest > TimeSpan.Zero ? rest : TimeSpan.Zero;
        if (_timer is null)
        {
            _timer = _time.CreateTimer(
                static timer => ((ClientTimer)timer!)._due((ClientTimer)timer), this, rest, Timeout.InfiniteTimeSpan);
        }
        else
        {
            _timer.Change(rest, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Waits for nothing: what fires nevertheless finds no purpose. The owner's lock is held.</summary>
    public void Clear() => Purpose = ClientTimerPurpose.None;

    public void Dispose()
    {
        _isDisposed = true;
        Clear();
        _timer?.Dispose();
    }
}
