namespace Unarr.Agents.Hub.Agents;

/// <summary>What an open stream is to do next, besides heartbeats and <c>sync</c> events.</summary>
[Flags]
internal enum StreamDuties
{
    None = 0,

    /// <summary>Look for controls that it has not sent.</summary>
    Look = 1,

    /// <summary>Write the comment that releases the last event.</summary>
    Release = 2,
}
