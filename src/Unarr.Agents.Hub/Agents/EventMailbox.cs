namespace Unarr.Agents.Hub.Agents;

/// <summary>The application's events that wait for a stream to write them.</summary>
internal sealed class EventMailbox
{
    /// <summary>How many events may wait.</summary>
    public const int MaxEvents = 64;

    /// <summary>How many bytes they may be together.</summary>
    public const int MaxBytes = 1024 * 1024;

    private readonly Queue<StreamEvent> _events = new();
    private int _bytes;

    /// <returns>Whether there was room for it.</returns>
    public bool TryAdd(StreamEvent streamEvent)
    {
        lock (_events)
        {
            if (_events.Count == MaxEvents || _bytes + streamEvent.Bytes > MaxBytes)
            {
                return false;
            }

            _events.Enqueue(streamEvent);
            _bytes += streamEvent.Bytes;
            return true;
        }
    }

    public StreamEvent? Take()
    {
        lock (_events)
        {
            if (!_events.TryDequeue(out StreamEvent? first))
            {
                return null;
            }

            _bytes -= first.Bytes;
            return first;
        }
    }
}
