namespace Unarr.Agents.Downlink.Deciding;

/// <summary>What follows the end of a stream.</summary>
/// <param name="Standing">The path's standing from now on.</param>
/// <param name="Attempt">How long to wait for the next attempt.</param>
/// <param name="Poll">Whether the long-poll is wanted until the next stream shows something.</param>
/// <param name="Credit">What it forgives the path, or holds against it.</param>
internal readonly record struct Aftermath(Standing Standing, AttemptRule Attempt, PollWish Poll, PathCredit Credit)
{
    /// <summary>Whether the stream was no good: the next one is tried on another mirror.</summary>
    public bool IsUnhealthy => Attempt is AttemptRule.Backoff or AttemptRule.Outage or AttemptRule.Window;
}
