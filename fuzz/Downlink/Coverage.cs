namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>Adds up when an agent was covered and when it was not.</summary>
internal sealed class Coverage
{
    private (TimeSpan At, TimeSpan For) _blind;
    private (TimeSpan At, TimeSpan For) _deaf;

    /// <summary>Neither a stream known to be good nor a poll in flight, while some mirror answers.</summary>
    public TimeSpan Blind { get; private set; }

    /// <summary>Between the answer to a poll and the next one's being there; a wake of that time is latched.</summary>
    public TimeSpan Gaps { get; private set; }

    /// <summary>A push would have reached nobody at once, whatever the agent believed; the gaps between polls left out.</summary>
    public TimeSpan Deaf { get; private set; }

    /// <summary>The blind times: from when, for how long.</summary>
    public List<(TimeSpan At, TimeSpan For)> Episodes { get; } = [];

    /// <summary>The deaf times, likewise.</summary>
    public List<(TimeSpan At, TimeSpan For)> DeafEpisodes { get; } = [];

    /// <summary>Adds a time in which all stays as it is.</summary>
    public void Add(TimeSpan from, TimeSpan to, Cover cover)
    {
        if (to <= from)
        {
            return;
        }

        if (cover == Cover.Blind)
        {
            Lengthen(ref _blind, from, to);
            Blind += to - from;
            return;
        }

        Gaps += cover == Cover.Gap ? to - from : TimeSpan.Zero;
        End(ref _blind, Episodes);
    }

    public void AddDeaf(TimeSpan from, TimeSpan to, bool isDeaf)
    {
        if (isDeaf)
        {
            Lengthen(ref _deaf, from, to);
            Deaf += to - from;
        }
        else
        {
            End(ref _deaf, DeafEpisodes);
        }
    }

    /// <summary>A blind time that goes on is another one from here, to be judged by what holds from here.</summary>
    public void EndEpisode()
    {
        End(ref _blind, Episodes);
        End(ref _deaf, DeafEpisodes);
    }

    private static void Lengthen(ref (TimeSpan At, TimeSpan For) episode, TimeSpan from, TimeSpan to) =>
        episode = episode.For == TimeSpan.Zero ? (from, to - from) : (episode.At, episode.For + to - from);

    private static void End(ref (TimeSpan At, TimeSpan For) episode, List<(TimeSpan At, TimeSpan For)> episodes)
    {
        if (episode.For > TimeSpan.Zero)
        {
            episodes.Add(episode);
            episode = default;
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
