namespace Unarr.Agents.Hub.Agents;

/// <summary>Makes calls one after the other, in the order in which they were added.</summary>
internal sealed class CallQueue
{
    /// <summary>How many calls may wait that nobody waits for.</summary>
    public const int MaxWaiting = 4096;

    /// <summary>How many calls may wait that somebody waits for, those that were given up before their turn included.</summary>
    public const int MaxAwaited = 64;

    private readonly Lock _gate = new();
    private Task _last = Task.CompletedTask;
    private int _waiting;
    private int _awaited;

    /// <summary>Is complete when every call that was added has ended.</summary>
    public Task Idle
    {
        get
        {
            lock (_gate)
            {
                return _last;
            }
        }
    }

    /// <summary>Adds a call and waits for it.</summary>
    /// <param name="call">The call. Once it has begun, it is waited for whatever happens.</param>
    /// <param name="cancellationToken">Gives the call up while it waits for its turn.</param>
    /// <returns>Whether there was room for it.</returns>
    public async Task<bool> TryRunAsync(Func<Task> call, CancellationToken cancellationToken)
    {
        TaskCompletionSource gaveUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int isTaken = 0;
        Task task;
        lock (_gate)
        {
            if (_awaited == MaxAwaited)
            {
                return false;
            }

            _awaited++;
            task = AfterAsync(_last, () => Take() ? call() : Task.CompletedTask, isWaitedFor: true);
            _last = task;
        }

        using (cancellationToken.UnsafeRegister(_ => GiveUp(), null))
        {
            Task first = await Task.WhenAny(task, gaveUp.Task).ConfigureAwait(false);
            await first.ConfigureAwait(false);
            return true;
        }

        bool Take() => Interlocked.Exchange(ref isTaken, 1) == 0;

        void GiveUp()
        {
            if (Take())
            {
                gaveUp.TrySetCanceled(cancellationToken);
            }
        }
    }

    /// <summary>Adds a call that nobody waits for; it must not throw.</summary>
    /// <returns>Whether there was room for it.</returns>
    public bool TryAdd(Func<Task> call)
    {
        lock (_gate)
        {
            if (_waiting == MaxWaiting)
            {
                return false;
            }

            _waiting++;
            _last = AfterAsync(_last, call, isWaitedFor: false);
            return true;
        }
    }

    private async Task AfterAsync(Task before, Func<Task> call, bool isWaitedFor)
    {
        // The lock is held here, and the call before may have thrown to whoever waits for it.
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding | ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await call().ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                _awaited -= isWaitedFor ? 1 : 0;
                _waiting -= isWaitedFor ? 0 : 1;
            }
        }
    }
}
