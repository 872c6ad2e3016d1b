namespace Unarr.Agents.Hub.Controls;

/// <summary>How far a control has come. The numbers stand in stored files.</summary>
internal enum ControlState
{
    /// <summary>No sync has handed it out yet; an open stream may have carried it.</summary>
    Pending = 0,

    /// <summary>A sync has handed it out. For an agent that acknowledges it is pending still, for one that does not it is done.</summary>
    HandedOut = 1,

    /// <summary>The agent listed it as applied.</summary>
    Applied = 2,

    /// <summary>The agent gave it up.</summary>
    Failed = 3,

    /// <summary>The store cannot read what it has of it: it is set aside and will not be delivered.</summary>
    Unreadable = 4,
}
