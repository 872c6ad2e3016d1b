using System.Diagnostics.CodeAnalysis;

namespace Unarr.Pipelines.AspNetCore;

/// <summary>The events that wait for one reader of a broadcast, at most as many as its bound. Thread-safe.</summary>
internal sealed class Mailbox(int bound, SseOverflow overflow)
{
    private const int FirstCapacity = 4;

    private readonly Lock _gate = new();
    private byte[]?[] _events = new byte[]?[Math.Min(bound, FirstCapacity)];
    private int _first;
    private int _count;
    private bool _isClosed;
    private bool _hasOverflowed;

    /// <summary>Whether every event was taken and none will come. A mailbox that has overflowed never gets there.</summary>
    public bool IsFinished
    {
        get
        {
            lock (_gate)
            {
                return _isClosed && !_hasOverflowed && _count == 0;
            }
        }
    }

    public PostOutcome Post(byte[] encoded)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return PostOutcome.Closed;
            }

            if (_count == bound)
            {
                return PostToFull(encoded);
            }

            if (_count == _events.Length)
            {
                Grow();
            }

            _events[(_first + _count) % _events.Length] = encoded;
            return _count++ == 0 ? PostOutcome.First : PostOutcome.Queued;
        }
    }

    public bool TryTake([NotNullWhen(true)] out byte[]? encoded)
    {
        lock (_gate)
        {
            encoded = _count == 0 ? null : _events[_first];
            if (encoded is null)
            {
                return false;
            }

            _events[_first] = null;
            _first = (_first + 1) % _events.Length;
            _count--;
            return true;
        }
    }

    /// <summary>Takes no further event; those that wait can still be taken.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
        }
    }

    private PostOutcome PostToFull(byte[] encoded)
    {
        switch (overflow)
        {
            case SseOverflow.DropOldest:
                _events[_first] = encoded;
                _first = (_first + 1) % _events.Length;
                return PostOutcome.Dropped;
            case SseOverflow.DropNewest:
                return PostOutcome.Dropped;
            default:
                Array.Clear(_events);
                (_count, _isClosed, _hasOverflowed) = (0, true, true);
                return PostOutcome.Overflowed;
        }
    }

    private void Grow()
    {
        byte[]?[] larger = new byte[]?[(int)Math.Min(2L * _events.Length, bound)];
        for (int i = 0; i < _count; i++)
        {
            larger[i] = _events[(_first + i) % _events.Length];
        }

        (_events, _first) = (larger, 0);
    }
}
