using Unarr.Pipelines.Pacing;

namespace Unarr.Agents.Downlink.Deciding;

/// <summary>What the streams so far have shown of the path: how many in a row were unhealthy, whether a first frame proves the next one,
/// and how long the long-poll takes over.</summary>
internal sealed class PathRecord(TimeSpan firstWindow)
{
    private static readonly TimeSpan LongestWindow = TimeSpan.FromMinutes(30);

    private readonly TimeSpan _firstWindow = firstWindow;

    // When the control plane was last reached by poll or sync: an outage goes back to it.
    private (int Failures, bool IsTrusted) _whenReached = (0, true);

    /// <summary>How many streams in a row were unhealthy.</summary>
    public int Failures { get; private set; }

    /// <summary>Whether a stream is proven at its first frame.</summary>
    public bool IsTrusted { get; private set; } = true;

    /// <summary>How long the long-poll runs alone.</summary>
    public TimeSpan Window { get; private set; } = firstWindow;

    /// <summary>Whether a stream was unhealthy since the control plane was last reached.</summary>
    public bool IsCharged => Failures != _whenReached.Failures;

    /// <summary>A stream has ended.</summary>
    public void Take(PathCredit credit)
    {
        switch (credit)
        {
            case PathCredit.Forgiven:
                Forgive();
                break;
            case PathCredit.Trusted:
                IsTrusted = true;
                Window = _firstWindow;
                Forgive();
                break;
            case PathCredit.Charged:
                Charge();
                break;
            case PathCredit.Doubled:
                Window = Backoff.Doubled(Window, LongestWindow, 1);
                Charge();
                break;
            case PathCredit.Excused:
                Excuse();
                break;
        }
    }

    /// <summary>A stream is suspect.</summary>
    public void Distrust() => IsTrusted = false;

    /// <summary>The control plane is reached by poll or sync.</summary>
    public void Reached() => _whenReached = (Failures, IsTrusted);

    /// <summary>What was held against the path since the control plane was last reached was an outage's.</summary>
    public void Excuse() => (Failures, IsTrusted) = _whenReached;

    private void Forgive()
    {
        Failures = 0;
        Reached();
    }

    private void Charge()
    {
        Failures++;
        IsTrusted = false;
    }
}
