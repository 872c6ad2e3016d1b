using Unarr.Agents.Hub.Agents;

namespace Unarr.EndToEnd.Tests.ControlPlane;

public sealed class StreamSignalTests
{
    private readonly StreamSignal _signal = new();

    [Fact]
    public async Task Signal_that_was_raised_before_the_wait_is_taken_once()
    {
        Assert.True(_signal.Raise());
        Assert.True(_signal.Raise());
        Assert.True(await _signal.WaitAsync());
        Task<bool> again = _signal.WaitAsync().AsTask();
        Assert.False(again.IsCompleted);
    }

    [Fact]
    public async Task Wait_ends_with_the_signal()
    {
        Task<bool> wait = _signal.WaitAsync().AsTask();
        Assert.False(wait.IsCompleted);
        Assert.True(_signal.Raise());
        Assert.True(await wait);
    }

    [Fact]
    public async Task Closed_signal_ends_after_what_it_was_signalled()
    {
        _signal.Raise();
        _signal.Close();
        Assert.False(_signal.Raise());
        Assert.True(await _signal.WaitAsync());
        Assert.False(await _signal.WaitAsync());
        Assert.False(await _signal.WaitAsync());
    }

    [Fact]
    public async Task Close_ends_a_wait()
    {
        Task<bool> wait = _signal.WaitAsync().AsTask();
        _signal.Close();
        Assert.False(await wait);
        Assert.False(_signal.Raise());
    }

    [Fact]
    public async Task No_signal_of_many_threads_is_lost()
    {
        int raised = 0;
        int seen = 0;
        Task[] threads = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                Interlocked.Increment(ref raised);
                _signal.Raise();
            }
        }))];
        _ = Task.WhenAll(threads).ContinueWith(_ => _signal.Close(), TaskScheduler.Default);

        // What was raised before a wait ends is seen after it: the last signal too.
        while (await _signal.WaitAsync())
        {
            seen = Volatile.Read(ref raised);
        }

        await Task.WhenAll(threads);
        Assert.Equal(80_000, seen);
    }
}
