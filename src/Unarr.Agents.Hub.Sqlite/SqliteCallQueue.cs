namespace Unarr.Agents.Hub.Sqlite;

/// <summary>The store's calls, made one round after the other: each round takes all that wait, up to its bound.</summary>
/// <remarks>A call that finds nobody at work makes the round itself, without a change of threads. Those that came meanwhile are made by a
/// thread of the pool: nobody is kept by the calls of others.</remarks>
/// <param name="round">Makes a round: takes and answers the calls.</param>
internal sealed class SqliteCallQueue(Action<IReadOnlyList<SqliteCall>> round) : IThreadPoolWorkItem
{
    /// <summary>How many calls are made in one round: what a transaction has to sync, and what its last caller waits for.</summary>
    public const int MaxInRound = 1024;

    private readonly Lock _gate = new();
    private readonly Queue<SqliteCall> _waiting = new();
    private readonly TaskCompletionSource _idleAfterClose = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isAtWork;
    private bool _isClosed;

    /// <exception cref="ObjectDisposedException">The queue is closed.</exception>
    public void Add(SqliteCall call)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, typeof(SqliteControlStore));
            _waiting.Enqueue(call);
            if (_isAtWork)
            {
                return;
            }

            _isAtWork = true;
        }

        if (MakeRound())
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        while (MakeRound())
        {
            // Until nobody waits.
        }
    }

    /// <summary>Takes no more calls, waits for the round that is going on, and fails the calls that have not begun.</summary>
    /// <returns>Whether this closed it.</returns>
    public bool Close()
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }

            _isClosed = true;
            if (!_isAtWork)
            {
                _idleAfterClose.SetResult();
            }
        }

        _idleAfterClose.Task.GetAwaiter().GetResult();
        return true;
    }

    /// <returns>Whether further calls wait.</returns>
    private bool MakeRound()
    {
        List<SqliteCall> calls = Take();
        try
        {
            round(calls);
        }
        catch (Exception exception)
        {
            // Nobody else could answer them.
            calls.ForEach(call => call.Fail(exception));
        }

        lock (_gate)
        {
            if (_isClosed)
            {
                while (_waiting.TryDequeue(out SqliteCall? call))
                {
                    if (call.TryTake())
                    {
                        call.Fail(new ObjectDisposedException(nameof(SqliteControlStore)));
                    }
                }

                _idleAfterClose.TrySetResult();
            }

            return _isAtWork = _waiting.Count > 0;
        }
    }

    private List<SqliteCall> Take()
    {
        lock (_gate)
        {
            List<SqliteCall> calls = new(Math.Min(_waiting.Count, MaxInRound));
            while (calls.Count < MaxInRound && _waiting.TryDequeue(out SqliteCall? call))
            {
                calls.Add(call);
            }

            return calls;
        }
    }
}
