using System.Threading.Tasks.Sources;

namespace Unarr.Pipelines.Sse;

/// <summary>The wait of the one caller, which can be left by cancelling while what it waits for goes on. It is used again for each
/// wait.</summary>
internal sealed class WaitSource : IValueTaskSource<bool>
{
    private ManualResetValueTaskSourceCore<bool> _core;
    private CancellationTokenRegistration _registration;
    private CancellationToken _cancellationToken;
    private int _isPending;

    /// <summary>Begins a wait; the one before has ended.</summary>
    public ValueTask<bool> Begin(CancellationToken cancellationToken)
    {
        _core.Reset();
        _cancellationToken = cancellationToken;
        Volatile.Write(ref _isPending, 1);
        _registration = cancellationToken.UnsafeRegister(static wait => ((WaitSource)wait!).Cancel(), this);
        return new ValueTask<bool>(this, _core.Version);
    }

    /// <summary>Whether somebody waits.</summary>
    public bool IsPending => Volatile.Read(ref _isPending) != 0;

    /// <summary>Ends the wait, if it has not ended.</summary>
    /// <param name="result">The result.</param>
    /// <param name="failure">What the wait throws instead.</param>
    /// <param name="isElsewhere">Whether the caller goes on on another thread than this one.</param>
    public void TryEnd(bool result, Exception? failure, bool isElsewhere)
    {
        if (Interlocked.Exchange(ref _isPending, 0) == 0)
        {
            return;
        }

        _core.RunContinuationsAsynchronously = isElsewhere;
        if (failure is null)
        {
            _core.SetResult(result);
        }
        else
        {
            _core.SetException(failure);
        }
    }

    public bool GetResult(short token)
    {
        // Waits for a cancelling that is under way: it must not meet the next wait.
        _registration.Dispose();
        return _core.GetResult(token);
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Cancel() => TryEnd(result: false, new OperationCanceledException(_cancellationToken), isElsewhere: true);
}
