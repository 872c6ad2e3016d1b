using Microsoft.AspNetCore.Connections;
using Unarr.Agents.Hub.Lines;
using Unarr.ControlPlane.Lines;

namespace Unarr.ControlPlane.Connections;

/// <summary>A bounded number of places for connections, and who gives up a place for a newcomer.</summary>
/// <remarks>
/// A stranger is a connection on which no key was accepted so far; it is closed <see cref="StrangerTime"/> after it came, unless a request
/// is in progress then. When all places are taken, the oldest stranger gives up its place, and where there is none the one with a
/// key that has been without a request for longest. A connection with a request whose key was accepted is never closed.
/// </remarks>
internal sealed class ConnectionPlaces : IDisposable
{
    /// <summary>How long a connection may stay without a request that carries a key.</summary>
    public static readonly TimeSpan StrangerTime = TimeSpan.FromSeconds(10);

    // Time for a request to be read, and for an answer to be sent.
    private static readonly TimeSpan LeastTime = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    // Somebody who waits for longer has gone.
    private static readonly TimeSpan LongestQueue = TimeSpan.FromSeconds(5);
    private const int FewestQueued = 512;
    private const int MostQueued = 4096;

    private readonly Lock _gate = new();
    private readonly LinkedList<ConnectionPlace> _strangers = new();
    private readonly LinkedList<ConnectionPlace> _resting = new();
    private readonly SemaphoreSlim _free;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly RatedLine _full;
    private readonly ILogger<ConnectionPlaces> _logger;
    private readonly int _count;

    public ConnectionPlaces(int? maxConnections, TimeProvider time, ILogger<ConnectionPlaces> logger)
    {
        _count = maxConnections ?? OpenFiles.Connections();
        _free = new SemaphoreSlim(_count);
        _time = time;
        _logger = logger;
        _full = new RatedLine((_, _) => ControlPlaneLog.ConnectionsFull(_logger, _count), _time);
        _timer = _time.CreateTimer(
            static state => ((ConnectionPlaces)state!).CloseDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many connections may wait in the system's queue: those that get places within 5 s when strangers have them all, at
    /// least 512 and at most 4,096.</summary>
    /// <remarks>Whoever finds the queue full knocks again after 1, 2, 4, 8 s and longer, while a flood's connections that are closed come
    /// back at once.</remarks>
    public int Backlog => (int)Math.Clamp(_count * (LongestQueue / LeastTime), FewestQueued, MostQueued);

    /// <summary>Takes a place for a connection that is to come, as soon as one is free.</summary>
    public async Task TakeAsync(CancellationToken cancellationToken)
    {
        while (!await _free.WaitAsync(TimeSpan.Zero, cancellationToken).ConfigureAwait(false))
        {
            FindGivingUp(out bool isEachAsking)?.Close("its place is needed for another connection");
            if (isEachAsking)
            {
                _full.Write("");
            }

            if (await _free.WaitAsync(LookAgain, cancellationToken).ConfigureAwait(false))
            {
                return;
            }
        }
    }

    /// <summary>Gives the place of a connection that has come to it.</summary>
    public ConnectionPlace Seat(ConnectionContext connection)
    {
        ConnectionPlace place = new(this, connection) { Since = _time.GetTimestamp() };
        lock (_gate)
        {
            AddStranger(place);
        }

        return place;
    }

    /// <summary>Gives a place back that no connection has come to.</summary>
    public void Leave() => _free.Release();

    /// <summary>Gives the place of a connection back that is closed.</summary>
    public void Leave(ConnectionPlace place)
    {
        lock (_gate)
        {
            place.HasLeft = true;
            place.Node.List?.Remove(place.Node);
        }

        _free.Release();
    }

    /// <summary>Notes that a request began.</summary>
    public void Begin(ConnectionPlace place)
    {
        lock (_gate)
        {
            place.IsAsking = true;
        }
    }

    /// <summary>Notes that the key of the request in progress was accepted.</summary>
    public void Admit(ConnectionPlace place)
    {
        lock (_gate)
        {
            place.IsKnown = true;
            place.Node.List?.Remove(place.Node);
        }
    }

    /// <summary>Notes that a request ended.</summary>
    public void End(ConnectionPlace place)
    {
        lock (_gate)
        {
            place.IsAsking = false;
            if (place is { IsKnown: true, HasLeft: false })
            {
                place.Since = _time.GetTimestamp();
                place.Node.List?.Remove(place.Node);
                _resting.AddLast(place.Node);
            }
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        _full.Dispose();
    }

    private void AddStranger(ConnectionPlace place)
    {
        _strangers.AddLast(place.Node);
        if (_strangers.First == place.Node)
        {
            _timer.Change(StrangerTime, Timeout.InfiniteTimeSpan);
        }
    }

    private ConnectionPlace? FindGivingUp(out bool isEachAsking)
    {
        lock (_gate)
        {
            isEachAsking = _strangers.Count + _resting.Count == 0;
            return TakeOldest(_strangers) ?? TakeOldest(_resting);
        }
    }

    private ConnectionPlace? TakeOldest(LinkedList<ConnectionPlace> places)
    {
        if (places.First is not { } first || _time.GetElapsedTime(first.Value.Since) < LeastTime)
        {
            return null;
        }

        places.Remove(first);
        return first.Value;
    }

    private void CloseDue()
    {
        List<ConnectionPlace> due = [];
        lock (_gate)
        {
            while (_strangers.First is { } first)
            {
                TimeSpan left = StrangerTime - _time.GetElapsedTime(first.Value.Since);
                if (left > TimeSpan.Zero)
                {
                    _timer.Change(left, Timeout.InfiniteTimeSpan);
                    break;
                }

                _strangers.Remove(first);
                if (first.Value.IsAsking)
                {
                    first.Value.Since = _time.GetTimestamp();
                    _strangers.AddLast(first);
                }
                else
                {
                    due.Add(first.Value);
                }
            }
        }

        due.ForEach(static place => place.Close("it carried no request with a key for too long"));
    }
}
