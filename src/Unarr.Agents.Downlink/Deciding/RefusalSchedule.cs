using Unarr.Pipelines.Pacing;

namespace Unarr.Agents.Downlink.Deciding;

/// <summary>When an agent that was refused asks again. A refused key: "after 30 s, doubling to 15 minutes, with jitter".</summary>
internal sealed class RefusalSchedule(Func<double> random)
{
    /// <summary>An agent that is gone (410) is "asked again every 15 minutes".</summary>
    public static readonly TimeSpan Gone = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan First = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    private int _refusals;
    private TimeSpan? _readmitted;

    /// <summary>The key is refused: how long to wait.</summary>
    public TimeSpan Next() => Backoff.Jittered(Backoff.Doubled(First, Longest, _refusals++), random());

    /// <summary>A sync succeeds while the agent is parked: whether everything is asked again at once. Not twice in 15 minutes: one endpoint
    /// may go on to accept what another goes on to refuse.</summary>
    public bool IsReadmitted(TimeSpan at)
    {
        bool isReadmitted = _readmitted is not { } before || at - before >= Gone;
        _readmitted = isReadmitted ? at : _readmitted;
        return isReadmitted;
    }

    /// <summary>The key is accepted: the next refusal is the first again.</summary>
    public void Forgive() => _refusals = 0;
}
