using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using CommunityToolkit.HighPerformance.Buffers;
using Unarr.ControlPlane.Controls;
using Unarr.ControlPlane.Messages;
using Unarr.Pipelines.Sse;

namespace Unarr.ControlPlane.Agents;

/// <summary>One open event stream: a bounded mailbox that anybody may fill without waiting, and one loop that writes it out.</summary>
/// <remarks>
/// A reader that is too slow fills its own mailbox and nothing else. What does not fit is not kept: controls are pending until a sync has
/// handed them out, so a <c>sync</c> event, written once there is room again, stands for all that was left out.
/// </remarks>
internal sealed class AgentStream
{
    private const int MailboxCapacity = 64;
    private const long NotFlushing = long.MinValue;

    private readonly Channel<StreamMessage> _mailbox = Channel.CreateBounded<StreamMessage>(
        new BoundedChannelOptions(MailboxCapacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly Lock _gate = new();
    private readonly PipeWriter _output;
    private readonly SseWriter _writer;
    private readonly Action _abort;
    private readonly TimeSpan _heartbeat;
    private readonly TimeProvider _time;
    private long _flushingSince = NotFlushing;
    private bool _leftOut;
    private volatile bool _revoked;
    private bool _finished;

    /// <param name="output">Where the events go.</param>
    /// <param name="abort">Cuts the connection; called when its reader has taken nothing for two heartbeats.</param>
    /// <param name="heartbeat">The interval that the connect comment tells.</param>
    /// <param name="time">The clock.</param>
    public AgentStream(PipeWriter output, Action abort, TimeSpan heartbeat, TimeProvider time)
    {
        _output = output;
        _writer = new SseWriter(output, SseDialect.Agent);
        _abort = abort;
        _heartbeat = heartbeat;
        _time = time;
    }

    /// <summary>The wheel's slot that this stream is in; the wheel's own.</summary>
    public int Slot { get; set; }

    /// <summary>Writes until the stream is ended or its reader is gone.</summary>
    public async Task RunAsync()
    {
        try
        {
            await WriteAllAsync().ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                _finished = true;
            }
        }
    }

    /// <summary>Sends controls as commands, each small enough for the agent's bounds.</summary>
    public void Send(ControlAction[] controls)
    {
        for (int start = 0; start < controls.Length;)
        {
            int count = ControlBatch.Count(controls, start, ControlBatch.MaxCommandBytes);
            Post(new StreamMessage(StreamMessageKind.Command, Controls: new ArraySegment<ControlAction>(controls, start, count)));
            start += count;
        }
    }

    /// <summary>Asks the agent for a sync.</summary>
    public void Nudge(string reason) => Post(new StreamMessage(StreamMessageKind.Sync, reason));

    /// <summary>Sends a heartbeat.</summary>
    /// <returns><see langword="false"/> when the reader has taken nothing for two intervals: <see cref="Abort"/> it.</returns>
    public bool Beat()
    {
        // A mailbox that is full is proof enough that the stream is not idle.
        _mailbox.Writer.TryWrite(new StreamMessage(StreamMessageKind.Heartbeat));
        long since = Interlocked.Read(ref _flushingSince);
        return since == NotFlushing || _time.GetElapsedTime(since) < 2 * _heartbeat;
    }

    /// <summary>Ends the stream after what is in its mailbox.</summary>
    public void End() => _mailbox.Writer.TryComplete();

    /// <summary>Ends the stream at once.</summary>
    public void Abort()
    {
        End();
        lock (_gate)
        {
            // The server uses a connection's context again: once this stream is finished, it is another request's.
            if (!_finished)
            {
                _abort();
            }
        }
    }

    /// <summary>Ends the stream, at once where its reader takes nothing.</summary>
    public void Stop()
    {
        End();
        if (Interlocked.Read(ref _flushingSince) != NotFlushing)
        {
            Abort();
        }
    }

    /// <summary>Ends the stream without what is in its mailbox: its reader may not have it any more.</summary>
    public void Revoke()
    {
        _revoked = true;
        Stop();
    }

    private async Task WriteAllAsync()
    {
        WriteConnected();
        bool readerIsThere = await FlushAsync().ConfigureAwait(false);
        while (readerIsThere && await _mailbox.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            // One flush for each message: a command may fill what the output buffers, and the next waits for room.
            while (readerIsThere && !_revoked && _mailbox.Reader.TryRead(out StreamMessage message))
            {
                Write(message);
                readerIsThere = await FlushAsync().ConfigureAwait(false);
            }

            if (_revoked)
            {
                return;
            }

            if (readerIsThere && Interlocked.Exchange(ref _leftOut, false))
            {
                WriteSync("missed");
                readerIsThere = await FlushAsync().ConfigureAwait(false);
            }
        }
    }

    private void Post(StreamMessage message)
    {
        // Once something is left out, what comes behind it is too: nothing overtakes it.
        if (Volatile.Read(ref _leftOut) || !_mailbox.Writer.TryWrite(message))
        {
            Volatile.Write(ref _leftOut, true);

            // The loop may have emptied the mailbox in between: then nothing else would wake it.
            _mailbox.Writer.TryWrite(new StreamMessage(StreamMessageKind.Heartbeat));
        }
    }

    private async ValueTask<bool> FlushAsync()
    {
        Interlocked.Exchange(ref _flushingSince, _time.GetTimestamp());
        FlushResult result = await _output.FlushAsync().ConfigureAwait(false);
        Interlocked.Exchange(ref _flushingSince, NotFlushing);
        return !result.IsCompleted;
    }

    private void Write(in StreamMessage message)
    {
        switch (message.Kind)
        {
            case StreamMessageKind.Heartbeat:
                _writer.WriteComment(" hb"u8);
                break;
            case StreamMessageKind.Sync:
                WriteSync(message.Reason);
                break;
            case StreamMessageKind.Command:
                using (ArrayPoolBufferWriter<byte> data = new())
                {
                    using Utf8JsonWriter json = new(data);
                    JsonSerializer.Serialize(json, new ControlCommand { Controls = message.Controls }, ProtocolJson.ControlCommand);
                    _writer.WriteEvent("command"u8, data.WrittenSpan);
                }

                break;
        }
    }

    // ": connected hb=15000": "the connect comment may tell it (milliseconds) anywhere in its text".
    private void WriteConnected() => _writer.WriteComment(Encoding.ASCII.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $" connected hb={(long)_heartbeat.TotalMilliseconds}")));

    private void WriteSync(string reason) => _writer.WriteEvent(
        "sync"u8, JsonSerializer.SerializeToUtf8Bytes(new SyncReason(reason), ControlPlaneJsonContext.Default.SyncReason));
}
