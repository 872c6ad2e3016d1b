namespace Unarr.EndToEnd.Tests.Soak;

/// <summary>What a <see cref="FaultyRelay"/> does to the connections through it.</summary>
internal enum FaultKind
{
    /// <summary>Nothing: bytes pass.</summary>
    None,

    /// <summary>Every connection is reset at once; new ones pass.</summary>
    Reset,

    /// <summary>Answers are held back until the fault ends, as a proxy does that buffers.</summary>
    Mute,

    /// <summary>Nothing passes in either direction, and what was on its way then is lost:
    /// the connections are reset as the fault ends.</summary>
    Dead,

    /// <summary>New connections are accepted and never answered; the old ones pass.</summary>
    HalfOpen,

    /// <summary>The next answer or event on each connection is cut somewhere in its middle, and the connection closed.</summary>
    Cut,

    /// <summary>Each piece of an answer comes late.</summary>
    Delay,
}
