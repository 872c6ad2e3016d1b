namespace Unarr.ControlPlane.Agents;

/// <summary>The heartbeats of all streams: one timer that goes round once an interval and beats a share of the streams at each step.</summary>
/// <remarks>However many agents reconnect at once, their heartbeats are spread evenly over the interval.</remarks>
internal sealed class HeartbeatWheel : IDisposable
{
    private const int MaxSlots = 64;
    private static readonly TimeSpan ShortestStep = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private readonly HashSet<AgentStream>[] _slots;
    private readonly ITimer _timer;
    private int _current;
    private int _next;

    public HeartbeatWheel(TimeSpan interval, TimeProvider time)
    {
        int slots = (int)Math.Clamp(interval / ShortestStep, 1, MaxSlots);
        _slots = new HashSet<AgentStream>[slots];
        for (int i = 0; i < slots; i++)
        {
            _slots[i] = [];
        }

        TimeSpan step = interval / slots;
        _timer = time.CreateTimer(static state => ((HeartbeatWheel)state!).Step(), this, step, step);
    }

    public void Add(AgentStream stream)
    {
        lock (_gate)
        {
            stream.Slot = _next;
            _next = (_next + 1) % _slots.Length;
            _slots[stream.Slot].Add(stream);
        }
    }

    public void Remove(AgentStream stream)
    {
        lock (_gate)
        {
            _slots[stream.Slot].Remove(stream);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Step()
    {
        List<AgentStream>? stuck = null;
        lock (_gate)
        {
            foreach (AgentStream stream in _slots[_current])
            {
                if (!stream.Beat())
                {
                    (stuck ??= []).Add(stream);
                }
            }

            _current = (_current + 1) % _slots.Length;
        }

        stuck?.ForEach(static stream => stream.Abort());
    }
}
