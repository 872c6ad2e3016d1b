namespace Unarr.Agents.Hub.Agents;

/// <summary>Whether a stream may carry controls.</summary>
internal enum CursorState
{
    /// <summary>Not yet: what is pending comes by a sync, and the stream asks for one.</summary>
    Held = 0,

    /// <summary>It carries every control that is pending and that it has not sent.</summary>
    Carrying = 1,

    /// <summary>No more: a newer stream has taken its place.</summary>
    Closed = 2,
}
