using System.Buffers;

namespace Unarr.Agents.Downlink.Applying;

/// <summary>An event on its way to the handler, with a copy of its data. Whoever waits for it may give it up.</summary>
internal sealed class QueuedEvent
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] _data;
    private int _isTaken;

    public QueuedEvent(ReadOnlySpan<byte> eventType, ReadOnlySpan<byte> data)
    {
        _data = ArrayPool<byte>.Shared.Rent(data.Length);
        data.CopyTo(_data);
        Event = new DownlinkEvent(System.Text.Encoding.UTF8.GetString(eventType), _data.AsMemory(0, data.Length));
    }

    public DownlinkEvent Event { get; }

    /// <summary>Ends when the handler is done with it, or it is given up.</summary>
    public Task Ended => _ended.Task;

    /// <summary>The handler takes it, or whoever waits gives it up: the first of the two.</summary>
    public bool TryTake() => Interlocked.Exchange(ref _isTaken, 1) == 0;

    /// <summary>Nobody uses its data any more.</summary>
    public void End()
    {
        Event.End();
        ArrayPool<byte>.Shared.Return(_data);
        _ended.TrySetResult();
    }
}
