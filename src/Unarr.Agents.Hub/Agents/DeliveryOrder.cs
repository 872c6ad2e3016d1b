using Unarr.Agents.Hub.Controls;

namespace Unarr.Agents.Hub.Agents;

/// <summary>Keeps one agent's controls in order while its stream and its syncs deliver them at once.</summary>
/// <remarks>
/// An agent that says where it is, or that knows ids, gets the same order over both: either delivers a part of the queue without a gap, and
/// the agent skips what it has. An agent that does neither applies whatever comes, so what a sync has handed out must have arrived before a
/// later control goes out on the stream. That is known when the agent asks again: it makes one sync at a time.
/// </remarks>
internal sealed class DeliveryOrder
{
    private readonly Lock _gate = new();
    private StreamCursor? _stream;
    private bool _isHandOutUnderWay;
    private long _epoch;

    /// <summary>Takes a new stream's cursor; the older stream sends nothing more.</summary>
    public void Open(StreamCursor cursor)
    {
        lock (_gate)
        {
            _stream?.State = CursorState.Closed;
            _stream = cursor;
        }
    }

    public void Close(StreamCursor cursor)
    {
        lock (_gate)
        {
            cursor.State = CursorState.Closed;
            if (_stream == cursor)
            {
                _stream = null;
            }
        }
    }

    public StreamPosition PositionOf(StreamCursor cursor)
    {
        lock (_gate)
        {
            return new StreamPosition(cursor.State, cursor.Last, _epoch);
        }
    }

    /// <summary>Lets a held stream carry controls, when nothing was pending at a moment after <paramref name="epoch"/> was read.</summary>
    public bool TryRelease(StreamCursor cursor, long epoch)
    {
        lock (_gate)
        {
            if (cursor.State == CursorState.Held && !_isHandOutUnderWay && _epoch == epoch)
            {
                cursor.State = CursorState.Carrying;
            }

            return cursor.State == CursorState.Carrying;
        }
    }

    /// <summary>Notes what a stream is about to send.</summary>
    /// <returns><see langword="false"/> when it may not send it: it has been held or closed meanwhile.</returns>
    public bool TryAdvance(StreamCursor cursor, IEnumerable<ControlRecord> controls)
    {
        lock (_gate)
        {
            if (cursor.State != CursorState.Carrying)
            {
                return false;
            }

            cursor.Add(controls.Select(control => new ControlPlace(control.Id, control.Sequence)));
            return true;
        }
    }

    /// <summary>Notes that controls are pending no more.</summary>
    public void Forget(StreamCursor? cursor, IEnumerable<string> ids)
    {
        lock (_gate)
        {
            (cursor ?? _stream)?.Forget(ids);
        }
    }

    /// <summary>A sync of an agent that does not acknowledge is about to hand out controls, which end by it.</summary>
    public void HandingOut(IEnumerable<string> ids)
    {
        lock (_gate)
        {
            _isHandOutUnderWay = true;
            _epoch++;
            if (_stream is { NeedsSync: true, State: CursorState.Carrying } && !ids.All(_stream.HasSent))
            {
                _stream.State = CursorState.Held;
            }
        }
    }

    /// <summary>A sync was answered.</summary>
    /// <returns>Whether the stream is to look: it may carry controls now, or is to ask for another sync.</returns>
    public bool Answered(SyncManner manner, bool handedOut)
    {
        lock (_gate)
        {
            // "One with neither gets each control by one sync": its next sync, which finds nothing, says that the last answer has arrived.
            bool isSafe = manner.Acknowledges || !handedOut;
            if (!manner.Acknowledges && !handedOut)
            {
                _isHandOutUnderWay = false;
            }

            if (_stream is not { State: CursorState.Held })
            {
                return false;
            }

            _stream.State = isSafe ? CursorState.Carrying : CursorState.Held;
            return true;
        }
    }
}
