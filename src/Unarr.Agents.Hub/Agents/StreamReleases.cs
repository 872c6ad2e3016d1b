namespace Unarr.Agents.Hub.Agents;

/// <summary>Releases the last event of each stream some time after it was written: one timer for all streams.</summary>
internal sealed class StreamReleases : IDisposable
{
    /// <summary>How long an event may be the last piece of its stream; see <see cref="StreamDuties.Release"/>.</summary>
    /// <remarks>Two writes at once may leave the machine as one. The time is the transport's,
    /// whatever clock the control plane has.</remarks>
    public static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(20);

    // All wait equally long, so the one that came first is due first.
    private readonly Queue<(AgentStream Stream, long Since)> _waiting = new();
    private readonly Lock _gate = new();
    private readonly Timer _timer;
    private bool _isArmed;

    public StreamReleases() =>
        _timer = new Timer(static state => ((StreamReleases)state!).Look(), this, Timeout.Infinite, Timeout.Infinite);

    /// <summary>The stream has just written an event as its last piece.</summary>
    public void Add(AgentStream stream)
    {
        lock (_gate)
        {
            _waiting.Enqueue((stream, TimeProvider.System.GetTimestamp()));
            if (!_isArmed)
            {
                Arm(Delay);
            }
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        List<AgentStream> due = [];
        lock (_gate)
        {
            _isArmed = false;
            long now = TimeProvider.System.GetTimestamp();
            while (!_isArmed && _waiting.TryPeek(out (AgentStream Stream, long Since) first))
            {
                TimeSpan left = Delay - TimeProvider.System.GetElapsedTime(first.Since, now);
                if (left > TimeSpan.Zero)
                {
                    Arm(left);
                }
                else
                {
                    due.Add(_waiting.Dequeue().Stream);
                }
            }
        }

        due.ForEach(static stream => stream.Release());
    }

    private void Arm(TimeSpan wait)
    {
        _isArmed = true;

        // A timer is exact to a millisecond, and must not be early.
        _timer.Change(wait + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }
}
