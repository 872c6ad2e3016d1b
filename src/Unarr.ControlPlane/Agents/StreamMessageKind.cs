namespace Unarr.ControlPlane.Agents;

/// <summary>What an open stream is asked to write.</summary>
internal enum StreamMessageKind
{
    /// <summary>A comment: proof of life.</summary>
    Heartbeat,

    /// <summary>A <c>sync</c> event.</summary>
    Sync,

    /// <summary>A <c>command</c> event.</summary>
    Command,
}
