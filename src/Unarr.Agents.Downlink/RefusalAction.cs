namespace Unarr.Agents.Downlink;

/// <summary>What follows when the control plane refuses an exchange.</summary>
public enum RefusalAction
{
    /// <summary>What the protocol says. A refused key (401, 403) is tried again after 30 seconds, doubling to 15 minutes; an agent that is
    /// gone (410, or an error code that says so) parks; after any other error the exchange is made again as usual.</summary>
    Default = 0,

    /// <summary>The exchange is made again as after any failure: with growing delays, or at the next interval.</summary>
    Retry = 1,

    /// <summary>The agent parks: nothing is open, the state is <see cref="DownlinkState.Refused"/>, and every endpoint is asked again every
    /// 15 minutes. <see cref="AgentDownlink.RetryNow"/> ends the wait.</summary>
    Park = 2,

    /// <summary>The downlink ends as if its token had ended it.</summary>
    Stop = 3,
}
