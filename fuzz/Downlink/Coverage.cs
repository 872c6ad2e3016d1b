namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>Adds up when an agent was covered and when it was not.</summary>
internal sealed class Coverage
{
    private TimeSpan _episode;
    private TimeSpan _episodeBegan;

    /// <summary>Neither a stream known to be good nor a poll in flight, while some mirror answers.</summary>
    public TimeSpan Blind { get; private set; }

    /// <summary>Between the answer to a poll and the next one's being there; a wake of that time is latched.</summary>
    public TimeSpan Gaps { get; private set; }

    /// <summary>A push would have reached nobody at once, whatever the agent believed; the gaps between polls left out.</summary>
    public TimeSpan Deaf { get; private set; }

    /// <summary>The blind times: from when, for how long.</summary>
    public List<(TimeSpan At, TimeSpan For)> Episodes { get; } = [];

    /// <summary>Adds a time in which all stays as it is.</summary>
    public void Add(TimeSpan from, TimeSpan to, Cover cover)
    {
        if (to <= from)
        {
            return;
        }

        if (cover == Cover.Blind)
        {
            _episodeBegan = _episode == TimeSpan.Zero ? from : _episodeBegan;
            _episode += to - from;
            Blind += to - from;
            return;
        }

        Gaps += cover == Cover.Gap ? to - from : TimeSpan.Zero;
        EndEpisode();
    }

    public void AddDeaf(TimeSpan time) => Deaf += time;

    /// <summary>A blind time that goes on is another one from here, to be judged by what holds from here.</summary>
    public void EndEpisode()
    {
        if (_episode > TimeSpan.Zero)
        {
            Episodes.Add((_episodeBegan, _episode));
            _episode = TimeSpan.Zero;
        }
    }
}

/// <summary>Whether an agent is covered.</summary>
internal enum Cover
{
    Covered = 0,
    Gap,
    Blind,

    /// <summary>Nothing could: no mirror answers.</summary>
    Excused,
}
