namespace Unarr.EndToEnd.Tests.Fleet;

/// <summary>What a fleet has to live with.</summary>
public enum Trouble
{
    /// <summary>A node's process is killed, and started again.</summary>
    NodeKilled = 1,

    /// <summary>The server that leads the stream of pending controls is killed, and started again.</summary>
    LeaderKilled = 2,

    /// <summary>That server is paused.</summary>
    LeaderPaused = 3,

    /// <summary>All servers are killed at once, and started again.</summary>
    AllRestarted = 4,

    /// <summary>The servers enter lame duck mode, one after the other.</summary>
    RollingLameDuck = 5,

    /// <summary>Nothing passes between a node and NATS.</summary>
    NodeCut = 6,

    /// <summary>A node hears NATS, and NATS does not hear the node.</summary>
    NodeUnheard = 7,

    /// <summary>A server loses all that it has stored.</summary>
    ReplicaWiped = 8,

    /// <summary>NATS hears a node, and the node hears nothing.</summary>
    NodeDeaf = 9,
}
