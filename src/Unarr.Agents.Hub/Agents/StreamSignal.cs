using System.Threading.Tasks.Sources;

namespace Unarr.Agents.Hub.Agents;

/// <summary>Says that there is something to do: any thread sets it, and one loop waits for it.</summary>
/// <remarks>A channel of one entry does the same in seven times the memory, and each agent has one.</remarks>
internal sealed class StreamSignal : IValueTaskSource<bool>
{
    private const int Idle = 0;
    private const int Set = 1;
    private const int Waiting = 2;
    private const int Closed = 3;
    private const int SetAndClosed = 4;

    private ManualResetValueTaskSourceCore<bool> _wait = new() { RunContinuationsAsynchronously = true };
    private int _state;

    /// <summary>Wakes the loop, now or when it waits next.</summary>
    /// <returns><see langword="false"/> when the signal is closed.</returns>
    public bool Raise()
    {
        while (true)
        {
            int state = Volatile.Read(ref _state);
            int next = state == Waiting ? Idle : state == Idle ? Set : state;
            if (next == state)
            {
                return state == Set;
            }

            if (Interlocked.CompareExchange(ref _state, next, state) == state)
            {
                if (state == Waiting)
                {
                    _wait.SetResult(true);
                }

                return true;
            }
        }
    }

    /// <summary>Ends the loop, after what it has been signalled.</summary>
    public void Close()
    {
        while (true)
        {
            int state = Volatile.Read(ref _state);
            int next = state == Set ? SetAndClosed : state is Idle or Waiting ? Closed : state;
            if (next == state)
            {
                return;
            }

            if (Interlocked.CompareExchange(ref _state, next, state) == state)
            {
                if (state == Waiting)
                {
                    _wait.SetResult(false);
                }

                return;
            }
        }
    }

    /// <summary>Waits for the signal and takes it; the loop's alone.</summary>
    /// <returns><see langword="false"/> when the signal is closed and was not set.</returns>
    public ValueTask<bool> WaitAsync()
    {
        _wait.Reset();
        while (true)
        {
            int state = Volatile.Read(ref _state);
            int next = state == Set ? Idle : state == Idle ? Waiting : Closed;
            if (Interlocked.CompareExchange(ref _state, next, state) == state)
            {
                return next == Waiting ? new ValueTask<bool>(this, _wait.Version) : ValueTask.FromResult(state != Closed);
            }
        }
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _wait.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);
}
