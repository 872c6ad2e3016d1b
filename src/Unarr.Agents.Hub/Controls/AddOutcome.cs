namespace Unarr.Agents.Hub.Controls;

/// <summary>What became of controls that were to be added to an agent's queue.</summary>
internal enum AddOutcome
{
    /// <summary>All of them are pending.</summary>
    Added,

    /// <summary>The agent would have more controls pending than it may: none was added.</summary>
    TooManyControls,

    /// <summary>The agent's pending controls would be larger than <see cref="QueueSize.MaxBytes"/>: none was added.</summary>
    TooManyBytes,
}
