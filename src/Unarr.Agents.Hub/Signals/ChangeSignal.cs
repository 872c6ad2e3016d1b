
namespace Unarr.Agents.Hub.Signals;

/// <summary>Tells whoever waits that something about some agent has changed.</summary>
internal sealed class ChangeSignal
{
    private TaskCompletionSource? _waiting;

    /// <summary>Completes at the next change. Take it first, then look at the state: no change is missed.</summary>
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
