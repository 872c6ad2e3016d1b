namespace Unarr.Agents.Hub;

/// <summary>How far a control has come.</summary>
public enum ControlState
{
    /// <summary>Nothing has been said yet.</summary>
    None = 0,

    /// <summary>No sync has handed it out yet; an open stream may have carried it.</summary>
    Pending = 1,

    /// <summary>A sync has handed it out. It stays pending until the agent lists it;
    /// for an agent that lists nothing it has ended with that.</summary>
    HandedOut = 2,

    /// <summary>The agent listed it as applied.</summary>
    Applied = 3,

    /// <summary>The agent gave it up.</summary>
    Failed = 4,

    /// <summary>Its time was over before the agent listed it: it is not handed out any more.</summary>
    Expired = 5,

    /// <summary>It was taken back: it is not handed out any more.</summary>
    Withdrawn = 6,

    /// <summary>The store cannot read what it has of it: it is set aside and not handed out.</summary>
    Unreadable = 7,
}
