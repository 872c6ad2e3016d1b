namespace Unarr.Agents.Hub.Sqlite;

/// <summary>A call of the store and its answer.</summary>
/// <typeparam name="T">What it returns.</typeparam>
/// <param name="work">The call.</param>
/// <param name="writes">Whether it is made in a transaction with others.</param>
internal sealed class SqliteCall<T>(Func<T> work, bool writes) : SqliteCall(writes)
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _returned = default!;

    public override void Make() => _returned = work();

    public override void Answer() => _answer.TrySetResult(_returned);

    public override void Fail(Exception exception) => _answer.TrySetException(exception);

    /// <summary>Waits for the answer; the wait ends early when it is cancelled before the call is made.</summary>
    public async ValueTask<T> WaitAsync(CancellationToken cancellationToken)
    {
        if (_answer.Task.IsCompleted || !cancellationToken.CanBeCanceled)
        {
            return await _answer.Task.ConfigureAwait(false);
        }

        using (cancellationToken.UnsafeRegister(static (call, token) => ((SqliteCall<T>)call!).GiveUp(token), this))
        {
            return await _answer.Task.ConfigureAwait(false);
        }
    }

    private void GiveUp(CancellationToken cancellationToken)
    {
        if (TryTake())
        {
            _answer.TrySetCanceled(cancellationToken);
        }
    }
}
