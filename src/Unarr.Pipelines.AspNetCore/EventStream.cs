using System.IO.Pipelines;
using System.Threading.Channels;
using Unarr.Pipelines.Pacing;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.AspNetCore;

/// <summary>One open event stream: a loop that writes what its source has, and heartbeats, until either side ends it.</summary>
/// <remarks>Anybody may wake or end it without waiting. A reader that is too slow holds up its own stream and nothing else.</remarks>
internal sealed class EventStream : IHeartbeatStream, IDisposable
{
    /// <summary>How many bytes a source writes at most before a flush, give or take an event.</summary>
    public const int PieceBytes = 16 * 1024;

    // One entry: there is something to do.
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly StreamOutlet _outlet;
    private Task _cancelling = Task.CompletedTask;
    private int _end;
    private bool _isHeartbeatDue;
    private bool _finished;

    /// <param name="output">Where the events go.</param>
    /// <param name="abort">Cuts the connection.</param>
    /// <param name="heartbeat">The interval that the connect comment advertises.</param>
    /// <param name="time">The clock.</param>
    public EventStream(PipeWriter output, Action abort, TimeSpan heartbeat, TimeProvider time)
    {
        Writer = new SseWriter(output);
        _outlet = new StreamOutlet(output, abort, heartbeat, time);
    }

    public PipeWriter Output => _outlet.Output;

    public SseWriter Writer { get; }

    /// <summary>Cancelled when the stream ends, whoever ends it.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>The first reason that was named for the end.</summary>
    public StreamEnd EndReason => (StreamEnd)Volatile.Read(ref _end);

    /// <summary>What was thrown: by the application, or by the server when the reader went.</summary>
    public Exception? Failure { get; private set; }

    public int Slot { get; set; }

    /// <summary>Writes until the stream is ended or its reader has gone.</summary>
    public async Task RunAsync(IEventSource source)
    {
        try
        {
            Writer.WriteComment(HeartbeatComment.Connected(_outlet.Heartbeat));
            await FlushAsync().ConfigureAwait(false);
            while (EndReason == StreamEnd.None)
            {
                bool isBeating = WriteHeartbeat();
                SourceState state = WriteNext(source);
                if (isBeating || state == SourceState.Wrote)
                {
                    await FlushAsync().ConfigureAwait(false);
                }

                if (state == SourceState.Ended)
                {
                    End(StreamEnd.Completed);
                }
                else if (state == SourceState.Empty)
                {
                    await _signal.Reader.WaitToReadAsync().ConfigureAwait(false);
                    _signal.Reader.TryRead(out _);
                }
            }
        }
        finally
        {
            End(StreamEnd.Gone);
            lock (_gate)
            {
                _finished = true;
            }

            _outlet.Finish();
            await CloseAsync(source).ConfigureAwait(false);
        }
    }

    /// <summary>Makes the loop look at what there is to do.</summary>
    public void Wake() => _signal.Writer.TryWrite(true);

    /// <summary>Ends the stream after what was written already. The first reason counts.</summary>
    public void End(StreamEnd reason)
    {
        lock (_gate)
        {
            if (_end == (int)StreamEnd.None && !_finished)
            {
                Interlocked.Exchange(ref _end, (int)reason);
                // What the application does at a cancellation is not done on the caller's thread.
                _cancelling = _ended.CancelAsync();
            }
        }

        Wake();
    }

    /// <summary>Ends the stream, and cuts it where its reader takes nothing.</summary>
    public void Stop()
    {
        End(StreamEnd.Stopping);
        _outlet.Stop();
    }

    /// <summary>Cuts the connection.</summary>
    public void Cut(StreamEnd reason)
    {
        End(reason);
        _outlet.Cut();
    }

    public bool Beat()
    {
        Volatile.Write(ref _isHeartbeatDue, true);
        Wake();
        return !_outlet.IsStuck;
    }

    public void Abort() => Cut(StreamEnd.Stuck);

    public void Dispose() => _ended.Dispose();

    private bool WriteHeartbeat()
    {
        bool isDue = Interlocked.Exchange(ref _isHeartbeatDue, false);
        if (isDue)
        {
            Writer.WriteComment(" hb"u8);
        }

        return isDue;
    }

    private SourceState WriteNext(IEventSource source)
    {
        try
        {
            return source.WriteNext();
        }
        catch (Exception exception)
        {
            // An enumerable ends with a cancellation when its stream has ended: the first reason counts.
            Fail(exception);
            return SourceState.None;
        }
    }

    private async ValueTask CloseAsync(IEventSource source)
    {
        try
        {
            await source.CloseAsync().ConfigureAwait(false);
            await _cancelling.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Failure ??= exception;
        }
    }

    private void Fail(Exception exception)
    {
        if (exception is not OperationCanceledException || !Ended.IsCancellationRequested)
        {
            Failure = exception;
            End(StreamEnd.Failed);
        }
    }

    private async ValueTask FlushAsync()
    {
        if (EndReason == StreamEnd.None && !await TryFlushAsync().ConfigureAwait(false))
        {
            End(StreamEnd.Gone);
        }
    }

    private async ValueTask<bool> TryFlushAsync()
    {
        try
        {
            return await _outlet.FlushAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            Failure = exception;
            return false;
        }
    }
}
