namespace Unarr.Pipelines.Signals;

/// <summary>Wakes whoever waits for the next change of a state that a lock guards.</summary>
internal sealed class ChangeSignal
{
    private TaskCompletionSource? _waiting;

    /// <summary>Completes at the next change. Take it first and look at the state afterwards: no change is missed then.</summary>
    public Task Next
    {
        get
        {
            TaskCompletionSource fresh = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return (Interlocked.CompareExchange(ref _waiting, fresh, null) ?? fresh).Task;
        }
    }

    /// <summary>Costs nothing while nobody waits.</summary>
    public void Raise() => Interlocked.Exchange(ref _waiting, null)?.TrySetResult();
}
