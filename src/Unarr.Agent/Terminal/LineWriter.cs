namespace Unarr.Agent.Terminal;

/// <summary>Writes lines on a thread of its own: an output that nobody reads holds up this thread alone.</summary>
/// <param name="write">Writes one line and flushes it.</param>
/// <param name="lines">The lines that wait.</param>
internal sealed class LineWriter(Action<byte[]> write, LineQueue lines)
{
    /// <summary>How long the end waits for a reader.</summary>
    public static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(1);

    private const int StackBytes = 256 * 1024;

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isStarted;

    /// <summary>Completes when no line can be written any more, because the queue is complete or the reader has gone;
    /// faults when the output cannot be written.</summary>
    public Task Ended => _ended.Task;

    /// <inheritdoc cref="LineQueue.Add"/>
    public long Add(byte[] line)
    {
        long dropped = lines.Add(line);
        if (Interlocked.Exchange(ref _isStarted, 1) == 0)
        {
            new Thread(Write, StackBytes) { IsBackground = true }.Start();
        }

        return dropped;
    }

    /// <summary>Writes what is at hand, for a second at most.</summary>
    /// <returns>Whether all of it was written.</returns>
    /// <exception cref="IOException">The output could not be written.</exception>
    public async Task<bool> EndAsync()
    {
        lines.Complete();
        if (Volatile.Read(ref _isStarted) == 0)
        {
            return true;
        }

        try
        {
            await Ended.WaitAsync(EndTimeout).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private void Write()
    {
        try
        {
            while (lines.Take() is { } line)
            {
                write(line);
            }

            _ended.SetResult();
        }
        catch (IOException exception) when (StandardOutput.IsClosed(exception))
        {
            // Whoever read the lines has gone: the agent ends as if it had been told to.
            _ended.SetResult();
        }
        catch (Exception exception)
        {
            _ended.SetException(exception);
        }
        finally
        {
            lines.Complete();
        }
    }
}
