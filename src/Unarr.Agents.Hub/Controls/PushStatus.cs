namespace Unarr.Agents.Hub.Controls;

/// <summary>What became of a push.</summary>
internal enum PushStatus
{
    /// <summary>The controls are pending, and on their way where there is one.</summary>
    Queued,

    /// <summary>No agent has that id.</summary>
    UnknownAgent,

    /// <summary>The agent would have more controls pending than it may: none was queued.</summary>
    TooManyControls,

    /// <summary>The agent's pending controls would be larger than <see cref="QueueSize.MaxBytes"/>: none was queued.</summary>
    TooManyBytes,
}
