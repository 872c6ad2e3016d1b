namespace Unarr.Agents.Downlink;

/// <summary>The ways by which a push reaches the agent now.</summary>
[Flags]
public enum DownlinkRoute
{
    /// <summary>None: only the sync loop brings controls.</summary>
    None = 0,

    /// <summary>The event stream.</summary>
    Sse = 1,

    /// <summary>The long-poll.</summary>
    Poll = 2,
}
