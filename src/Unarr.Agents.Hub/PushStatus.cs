namespace Unarr.Agents.Hub;

/// <summary>What became of a push to one agent.</summary>
public enum PushStatus
{
    /// <summary>Nothing has been said yet.</summary>
    None = 0,

    /// <summary>The controls are pending, and on their way where there is one.</summary>
    Queued = 1,

    /// <summary>The agent's queue has no room for all of them: none was queued.</summary>
    Full = 2,

    /// <summary>There is no such agent.</summary>
    UnknownAgent = 3,
}
