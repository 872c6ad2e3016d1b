namespace Unarr.Agents.Hub;

/// <summary>The kinds of signals.</summary>
public enum AgentSignalKind
{
    /// <summary>Nothing has been said yet.</summary>
    None = 0,

    /// <summary>Controls were pushed for the agent.</summary>
    Pushed = 1,

    /// <summary>Controls of the agent were handed out or have ended.</summary>
    Taken = 2,

    /// <summary>The agent is to be seen otherwise than before: its routes, for one.</summary>
    Changed = 3,
}
