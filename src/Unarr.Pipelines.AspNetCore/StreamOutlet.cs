using System.IO.Pipelines;

namespace Unarr.Pipelines.AspNetCore;

/// <summary>Where one stream's bytes go: flushes them, knows for how long the reader has taken nothing, and cuts the connection.</summary>
/// <remarks>One loop flushes; any thread may call the rest.</remarks>
internal sealed class StreamOutlet
{
    private const long NotFlushing = long.MinValue;

    private readonly Lock _gate = new();
    private readonly Action _abort;
    private readonly TimeProvider _time;
    private long _flushingSince = NotFlushing;
    private int _isStopped;
    private bool _isFinished;

    /// <param name="output">Where the bytes go.</param>
    /// <param name="abort">Cuts the connection.</param>
    /// <param name="heartbeat">The interval of the stream's heartbeats.</param>
    /// <param name="time">The clock.</param>
    public StreamOutlet(PipeWriter output, Action abort, TimeSpan heartbeat, TimeProvider time)
    {
        Output = output;
        Heartbeat = heartbeat;
        _abort = abort;
        _time = time;
    }

    public PipeWriter Output { get; }

    public TimeSpan Heartbeat { get; }

    /// <summary>Whether the reader has taken nothing for two heartbeats.</summary>
    public bool IsStuck => Interlocked.Read(ref _flushingSince) is not NotFlushing and long since
        && _time.GetElapsedTime(since) >= 2 * Heartbeat;

    /// <summary>Waits until the reader has room for more.</summary>
    /// <returns><see langword="false"/> when the reader has gone.</returns>
    public async ValueTask<bool> FlushAsync()
    {
        Interlocked.Exchange(ref _flushingSince, _time.GetTimestamp());
        ValueTask<FlushResult> flushing = Output.FlushAsync();

        // Who stops the stream sees that it is flushing, or this sees that it is stopped: a stuck reader holds up no shutdown.
        if (!flushing.IsCompleted && Volatile.Read(ref _isStopped) != 0)
        {
            Cut();
        }

        FlushResult result = await flushing.ConfigureAwait(false);
        Interlocked.Exchange(ref _flushingSince, NotFlushing);
        return !result.IsCompleted && !result.IsCanceled;
    }

    /// <summary>The stream is ending: cuts a reader that takes nothing, now or at the next flush.</summary>
    public void Stop()
    {
        Interlocked.Exchange(ref _isStopped, 1);
        if (Interlocked.Read(ref _flushingSince) != NotFlushing)
        {
            Cut();
        }
    }

    /// <summary>Cuts the connection, unless the stream is finished.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            // The server uses a connection's context again: once this stream is finished, it is another request's.
            if (!_isFinished)
            {
                _abort();
            }
        }
    }

    /// <summary>The stream has ended: nothing is cut from now on.</summary>
    public void Finish()
    {
        lock (_gate)
        {
            _isFinished = true;
        }
    }
}
