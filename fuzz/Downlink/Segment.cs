namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>From when on a path behaves in a way, and what becomes of the connections that are open then.</summary>
internal sealed record Segment(TimeSpan From, Behaviour Behaviour, OpenConnections Open = OpenConnections.Adopt);

/// <summary>What becomes of connections that are open when a path changes.</summary>
internal enum OpenConnections
{
    /// <summary>They behave as new ones do.</summary>
    Adopt = 0,

    /// <summary>They are reset.</summary>
    Reset,

    /// <summary>Nothing comes on them any more, not even an end.</summary>
    Stick,
}
