namespace Unarr.Pipelines.Tests;

/// <summary>The context of a caller that has one thread of its own, such as a window: counts what is handed to it.</summary>
internal sealed class CallingContext : SynchronizationContext
{
    private int _posts;

    /// <summary>How often something came back to the caller's thread.</summary>
    public int Posts => Volatile.Read(ref _posts);

    /// <summary>Begins a call as one of that thread.</summary>
    public T Call<T>(Func<T> call)
    {
        SynchronizationContext? before = Current;
        SetSynchronizationContext(this);
        try
        {
            return call();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        Interlocked.Increment(ref _posts);
        base.Post(d, state);
    }

    public override void Send(SendOrPostCallback d, object? state)
    {
        Interlocked.Increment(ref _posts);
        base.Send(d, state);
    }
}
