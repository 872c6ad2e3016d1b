namespace Unarr.Pipelines.Pacing;

/// <summary>How often the server beats: "the larger of the told one and the learnt one, else 15 s; bounded 1 s … 2 min".</summary>
/// <remarks>
/// Gaps teach while they are regular. A buffer that is flushed now and then shows gaps of its own and none between the heartbeats it
/// held back: the shortest of the last gaps is then far below the longest, and nothing is learnt from them.
/// </remarks>
internal sealed class HeartbeatInterval
{
    private const int Remembered = 4;

    private static readonly TimeSpan Default = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Most = TimeSpan.FromMinutes(2);

    private readonly TimeSpan[] _gaps = new TimeSpan[Remembered];
    private int _count;
    private TimeSpan _told;

    /// <summary>The interval.</summary>
    public TimeSpan Value { get; private set; } = Default;

    /// <summary>Whether the gaps between heartbeats have shown one.</summary>
    public bool IsLearnt { get; private set; }

    /// <summary>Takes what a stream's connect comment tells; zero when it tells none.</summary>
    public void Tell(TimeSpan interval)
    {
        _told = interval;
        Update();
    }

    /// <summary>Takes the gap between two comments.</summary>
    public void Learn(TimeSpan gap)
    {
        _gaps[_count % Remembered] = gap;
        _count++;
        Update();
    }

    /// <summary>A stream was given up for its silence: what was learnt may be another server's, and must not end the next stream before it
    /// could teach better.</summary>
    public void Forget()
    {
        _count = 0;
        Update();
    }

    private void Update()
    {
        ReadOnlySpan<TimeSpan> gaps = _gaps.AsSpan(0, Math.Min(_count, Remembered));
        TimeSpan longest = TimeSpan.Zero;
        TimeSpan shortest = TimeSpan.MaxValue;
        foreach (TimeSpan gap in gaps)
        {
            longest = gap > longest ? gap : longest;
            shortest = gap < shortest ? gap : shortest;
        }

        TimeSpan learnt = shortest >= longest / 2 ? longest : TimeSpan.Zero;
        TimeSpan interval = learnt > _told ? learnt : _told;
        IsLearnt = learnt > TimeSpan.Zero;
        Value = interval == TimeSpan.Zero ? Default : interval < Least ? Least : interval > Most ? Most : interval;
    }
}
