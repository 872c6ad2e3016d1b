using System.IO.Pipelines;
using CommunityToolkit.HighPerformance.Buffers;
using Unarr.Agents.Hub.Messages;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.AspNetCore;
using Unarr.Pipelines.Pacing;
using Unarr.Pipelines.Sse;

namespace Unarr.Agents.Hub.Agents;

/// <summary>One open event stream: anybody may signal it without waiting, and one loop writes it out.</summary>
/// <remarks>
/// A signal says what is to be done, never what is to be written: a reader that is too slow holds up its own stream and nothing else,
/// nothing is kept for it, and nothing is dropped. Controls are read from the store when there is room for them.
/// </remarks>
internal sealed class AgentStream : IHeartbeatStream
{
    // A stream that is so far behind is not idle.
    private const int MaxHeartbeatsDue = 64;

    private readonly StreamSignal _signal = new();
    private readonly StreamOutlet _outlet;
    private readonly SseWriter _writer;
    private readonly StreamFeed _feed;
    private readonly StreamReleases _releases;
    private int _duties;
    private int _heartbeatsDue;
    private string? _syncReason;
    private EventMailbox? _events;
    private int _ackWithin;
    private volatile bool _revoked;
    private bool _isLastPieceAnEvent;

    /// <param name="output">Where the events go.</param>
    /// <param name="feed">What controls they carry.</param>
    /// <param name="abort">Cuts the connection; called when its reader has taken nothing for two heartbeats.</param>
    /// <param name="heartbeat">The interval that the connect comment tells.</param>
    /// <param name="releases">Releases its last event.</param>
    /// <param name="time">The clock.</param>
    public AgentStream(
        PipeWriter output, StreamFeed feed, Action abort, TimeSpan heartbeat, StreamReleases releases, TimeProvider time)
    {
        _outlet = new StreamOutlet(output, abort, heartbeat, time);
        _writer = new SseWriter(output, SseDialect.Agent);
        _feed = feed;
        _releases = releases;
    }

    public StreamCursor Cursor => _feed.Cursor;

    /// <summary>The wheel's slot that this stream is in; the wheel's own.</summary>
    public int Slot { get; set; }

    /// <summary>Writes the stream's beginning.</summary>
    /// <returns><see langword="false"/> when the reader has gone.</returns>
    public ValueTask<bool> BeginAsync()
    {
        Look();
        WriteConnected();
        return _outlet.FlushAsync();
    }

    /// <summary>Waits until there is something to write, or the stream is ended.</summary>
    /// <remarks>It is awaited by whoever serves the request, and not in a method here: each method that waits as long as its stream is
    /// open costs memory for each agent.</remarks>
    /// <returns><see langword="false"/> when the stream is ended.</returns>
    public ValueTask<bool> WaitAsync() => _signal.WaitAsync();

    /// <summary>Writes what there is to write.</summary>
    /// <returns><see langword="false"/> when the reader has gone, or is not to get anything any more.</returns>
    public async ValueTask<bool> WriteAsync()
    {
        if (_revoked)
        {
            return false;
        }

        if (!await WriteDueAsync().ConfigureAwait(false))
        {
            return true;
        }

        bool readerIsThere = await _outlet.FlushAsync().ConfigureAwait(false);
        if (_isLastPieceAnEvent)
        {
            _releases.Add(this);
        }

        return readerIsThere;
    }

    /// <summary>Nothing is written any more, and nothing of the request is used.</summary>
    public void Finish() => _outlet.Finish();

    /// <summary>Makes the stream send every pending control that it has not sent.</summary>
    public void Look() => Signal(StreamDuties.Look);

    /// <summary>Makes the stream look after a push to many agents: what they acknowledge is to be spread over some time.</summary>
    public void Look(int ackWithin)
    {
        if (ackWithin > 0)
        {
            Volatile.Write(ref _ackWithin, ackWithin);
        }

        Look();
    }

    /// <summary>Takes an event of the application, where there is room for it.</summary>
    public bool TrySend(StreamEvent streamEvent)
    {
        EventMailbox? mailbox = Volatile.Read(ref _events);
        if (mailbox is null)
        {
            mailbox = new EventMailbox();
            mailbox = Interlocked.CompareExchange(ref _events, mailbox, null) ?? mailbox;
        }

        return !_revoked && mailbox.TryAdd(streamEvent) && _signal.Raise();
    }

    /// <summary>Lets the last event go, where it is the last piece still.</summary>
    public void Release() => Signal(StreamDuties.Release);

    /// <summary>Asks the agent for a sync; requests that come while one is not written yet are one.</summary>
    public void Nudge(string reason)
    {
        Volatile.Write(ref _syncReason, reason);
        Signal(StreamDuties.None);
    }

    /// <summary>Sends a heartbeat.</summary>
    /// <returns><see langword="false"/> when the reader has taken nothing for two intervals: <see cref="Abort"/> it.</returns>
    public bool Beat()
    {
        if (Volatile.Read(ref _heartbeatsDue) < MaxHeartbeatsDue)
        {
            Interlocked.Increment(ref _heartbeatsDue);
        }

        Signal(_feed.OwesLook ? StreamDuties.Look : StreamDuties.None);
        return !_outlet.IsStuck;
    }

    /// <summary>Ends the stream after what it has been signalled.</summary>
    public void End() => _signal.Close();

    /// <summary>Ends the stream at once.</summary>
    public void Abort()
    {
        End();
        _outlet.Cut();
    }

    /// <summary>Ends the stream, at once where its reader takes nothing.</summary>
    public void Stop()
    {
        End();
        _outlet.Stop();
    }

    /// <summary>Ends the stream without what it has been signalled: its reader may not have it any more.</summary>
    public void Revoke()
    {
        _revoked = true;
        Stop();
    }

    private void Signal(StreamDuties duties)
    {
        Interlocked.Or(ref _duties, (int)duties);
        _signal.Raise();
    }

    /// <summary>Writes what is due: one flush for each command, for it may fill what the output buffers,
    /// and the next waits for room.</summary>
    private async ValueTask<bool> WriteDueAsync()
    {
        StreamDuties duties = (StreamDuties)Interlocked.Exchange(ref _duties, (int)StreamDuties.None);
        StreamBatch batch = duties.HasFlag(StreamDuties.Look) ? await _feed.NextAsync().ConfigureAwait(false) : StreamBatch.Nothing;
        if (_revoked)
        {
            return false;
        }

        if (batch.HasMore)
        {
            Look();
        }

        string? reason = Interlocked.Exchange(ref _syncReason, null) ?? batch.SyncReason;
        StreamEvent? streamEvent = Volatile.Read(ref _events)?.Take();
        bool isEvent = reason is not null || batch.Controls.Count > 0 || streamEvent is not null;

        // A path may hold each piece back until the next one comes: a comment in a write of its own lets the last event go.
        int comments = Interlocked.Exchange(ref _heartbeatsDue, 0);
        if (comments == 0 && duties.HasFlag(StreamDuties.Release) && _isLastPieceAnEvent && !isEvent)
        {
            comments = 1;
        }

        for (int i = 0; i < comments; i++)
        {
            _writer.WriteComment(" hb"u8);
        }

        if (reason is not null)
        {
            WriteSync(reason);
        }

        if (batch.Controls.Count > 0)
        {
            WriteCommand(batch.Controls);
        }

        if (streamEvent is not null)
        {
            // One at a time, as with commands; the next look finds the others.
            _writer.WriteEvent(streamEvent.Data, streamEvent.Type);
            Signal(StreamDuties.None);
        }

        _isLastPieceAnEvent = isEvent || (_isLastPieceAnEvent && comments == 0);
        return isEvent || comments > 0;
    }

    // ": connected hb=15000": "the connect comment may tell it (milliseconds) anywhere in its text".
    private void WriteConnected() => _writer.WriteComment(HeartbeatComment.Connected(_outlet.Heartbeat));

    private void WriteSync(string reason) =>
        _writer.WriteEvent(new SyncEvent(reason), HubJsonContext.Default.SyncEvent, "sync"u8);

    private void WriteCommand(IReadOnlyList<Control> controls)
    {
        using ArrayPoolBufferWriter<byte> data = new();
        int ackWithin = Interlocked.Exchange(ref _ackWithin, 0);
        CommandText.Write(data, controls, ackWithin > 0 ? ackWithin : null);
        _writer.WriteEvent(data.WrittenSpan, "command"u8);
    }
}
