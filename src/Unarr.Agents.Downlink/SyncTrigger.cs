namespace Unarr.Agents.Downlink;

/// <summary>Asks a downlink for syncs. Thread-safe.</summary>
/// <remarks>
/// The trigger is an object of its own, so that a service that the handler needs can have it. It belongs to the downlink whose
/// <see cref="DownlinkServices.SyncTrigger"/> it is. Requests that come before that downlink runs are served by its first sync.
/// </remarks>
public sealed class SyncTrigger
{
    private readonly Lock _gate = new();
    private List<TaskCompletionSource> _waiting = [];
    private Action? _request;
    private bool _isBound;
    private bool _hasEnded;

    /// <summary>Makes a trigger that belongs to no downlink yet.</summary>
    public SyncTrigger()
    {
    }

    /// <summary>Asks for a sync as soon as possible. Requests that come while one is pending lead to one sync. After the end of the
    /// downlink this method does nothing.</summary>
    public void Request()
    {
        Action? request;
        lock (_gate)
        {
            request = _request;
        }

        request?.Invoke();
    }

    /// <summary>Asks for a sync, and waits until the first sync that began after this call has succeeded.</summary>
    /// <param name="cancellationToken">Ends the wait; the sync is made anyway.</param>
    /// <returns>A task that ends as soon as the answer has come. The controls of the answer are applied later,
    /// so a handler may await this task.</returns>
    /// <remarks>While the control plane asks to be left alone, or says that the agent is gone, the downlink makes no sync, and the wait
    /// goes on.</remarks>
    /// <exception cref="DownlinkException">The sync failed, or the downlink has ended.</exception>
    public Task RequestAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled(cancellationToken);
        }

        TaskCompletionSource waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_hasEnded)
            {
                return Task.FromException(Ended());
            }

            _waiting.Add(waiting);
        }

        Request();
        return waiting.Task.WaitAsync(cancellationToken);
    }

    /// <exception cref="ArgumentException">The trigger belongs to another downlink.</exception>
    internal void Bind()
    {
        lock (_gate)
        {
            if (_isBound)
            {
                throw new ArgumentException("The sync trigger belongs to another downlink.");
            }

            _isBound = true;
        }
    }

    /// <summary>The downlink runs, and its first sync is about to begin.</summary>
    internal void Start(Action request)
    {
        lock (_gate)
        {
            _request = request;
        }
    }

    /// <summary>A sync begins: it is for those who wait now.</summary>
    internal IReadOnlyList<TaskCompletionSource> Begin()
    {
        lock (_gate)
        {
            return Interlocked.Exchange(ref _waiting, []);
        }
    }

    /// <summary>A sync was given up, not failed: those who waited for it wait for the next.</summary>
    internal void Restore(IReadOnlyList<TaskCompletionSource> waiting)
    {
        lock (_gate)
        {
            _waiting.InsertRange(0, waiting);
        }
    }

    internal static void Succeed(IReadOnlyList<TaskCompletionSource> waiting)
    {
        foreach (TaskCompletionSource one in waiting)
        {
            one.TrySetResult();
        }
    }

    internal static void Fail(IReadOnlyList<TaskCompletionSource> waiting, DownlinkException failure)
    {
        foreach (TaskCompletionSource one in waiting)
        {
            one.TrySetException(failure);

            // Whoever has cancelled the wait does not look at it any more.
            _ = one.Task.Exception;
        }
    }

    /// <summary>The downlink has ended.</summary>
    internal void End()
    {
        lock (_gate)
        {
            _hasEnded = true;
            _request = null;
        }

        Fail(Begin(), Ended());
    }

    private static DownlinkException Ended() => new(DownlinkError.Unknown, "The downlink has ended and makes no more syncs.");
}
