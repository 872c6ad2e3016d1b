namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>What happens to a request on a path.</summary>
internal enum Reach
{
    /// <summary>It is answered.</summary>
    Up = 0,

    /// <summary>The connection is refused at once.</summary>
    Refused,

    /// <summary>Nothing gets through: the connect deadline ends it.</summary>
    BlackHole,

    /// <summary>It is accepted and never answered: the deadline for the headers ends it.</summary>
    Unanswered,
}
