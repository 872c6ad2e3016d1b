namespace Unarr.Pipelines.Pacing;

/// <summary>How often a peer may make something happen: so many at once, then one each interval. Not thread-safe.</summary>
internal sealed class RateBound(int atOnce, TimeSpan interval)
{
    private TimeSpan _paidUntil = TimeSpan.Zero;

    /// <summary>How long the next one has to wait; zero when it may be now.</summary>
    public TimeSpan Wait(TimeSpan at)
    {
        TimeSpan due = _paidUntil - ((atOnce - 1) * interval);
        return due > at ? due - at : TimeSpan.Zero;
    }

    /// <summary>One happens.</summary>
    public void Take(TimeSpan at) => _paidUntil = (_paidUntil > at ? _paidUntil : at) + interval;
}
