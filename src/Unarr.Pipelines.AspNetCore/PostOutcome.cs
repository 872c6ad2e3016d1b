namespace Unarr.Pipelines.AspNetCore;

/// <summary>What became of an event that was posted to a mailbox.</summary>
internal enum PostOutcome
{
    None = 0,

    /// <summary>It waits, and the mailbox was empty before: its reader is to be woken.</summary>
    First = 1,

    /// <summary>It waits behind others.</summary>
    Queued = 2,

    /// <summary>An event was dropped, as the policy says.</summary>
    Dropped = 3,

    /// <summary>The mailbox was full, and its reader is to be cut; nothing waits in it any more.</summary>
    Overflowed = 4,

    /// <summary>The mailbox takes no events any more.</summary>
    Closed = 5,
}
