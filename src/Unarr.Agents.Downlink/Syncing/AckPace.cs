namespace Unarr.Agents.Downlink.Syncing;

/// <summary>"The first control applied makes a sync due 20 ms later; what is applied meanwhile goes with it;
/// at most five a second."</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class AckPace
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private TimeSpan _notBefore = TimeSpan.Zero;

    /// <summary>A sync that acknowledges begins.</summary>
    public void Begun(TimeSpan at) => _notBefore = at + Apart;

    /// <summary>After how long an acknowledgement is due: "at a random moment within" the time that the command allows,
    /// where it does.</summary>
    public TimeSpan Due(TimeSpan at, TimeSpan? within, double random)
    {
        TimeSpan wait = within is { } allowed ? (allowed < Longest ? allowed : Longest) * random : Soon;
        TimeSpan least = _notBefore - at;
        return wait > least ? wait : least;
    }
}
