namespace Unarr.ControlPlane.Controls;

/// <summary>What became of a push.</summary>
internal enum PushStatus
{
    /// <summary>The controls are pending, and on their way where there is one.</summary>
    Queued,

    /// <summary>No agent has that id.</summary>
    UnknownAgent,

    /// <summary>The agent's queue has no room for all of them: none was queued.</summary>
    QueueFull,
}
