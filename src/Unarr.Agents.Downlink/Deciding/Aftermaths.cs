using System.Diagnostics;

namespace Unarr.Agents.Downlink.Deciding;

/// <summary>Decides what follows the end of a stream: the table in docs/downlink.md, "What follows".</summary>
internal static class Aftermaths
{
    /// <summary>Returns what follows. The first row that fits counts.</summary>
    /// <param name="standing">The path's standing so far.</param>
    /// <param name="outcome">What the stream was.</param>
    public static Aftermath Of(Standing standing, StreamOutcome outcome) => (standing, outcome) switch
    {
        (_, StreamOutcome.Stable) => new(Standing.Normal, AttemptRule.Reconnect, PollWish.Wanted, PathCredit.Trusted),
        (_, StreamOutcome.Recycled) => new(Standing.Normal, AttemptRule.Reconnect, PollWish.Unchanged, PathCredit.Forgiven),
        (_, StreamOutcome.Outage) => new(Standing.Outage, AttemptRule.Outage, PollWish.AtOnce, PathCredit.Excused),
        (_, StreamOutcome.Unauthorized) => new(Standing.Unauthorized, AttemptRule.Refused, PollWish.Stopped, PathCredit.Unchanged),
        (_, StreamOutcome.Gone) => new(Standing.Gone, AttemptRule.Gone, PollWish.Stopped, PathCredit.Unchanged),
        (Standing.Window, _) => new(Standing.Window, AttemptRule.Window, PollWish.Wanted, PathCredit.Doubled),
        (_, StreamOutcome.Unhealthy) => new(Standing.Normal, AttemptRule.Backoff, PollWish.Wanted, PathCredit.Charged),
        (_, StreamOutcome.Repeated) => new(Standing.Window, AttemptRule.Window, PollWish.Wanted, PathCredit.Charged),
        (_, StreamOutcome.NotOffered) => new(Standing.Window, AttemptRule.Window, PollWish.Wanted, PathCredit.Charged),
        _ => throw new UnreachableException($"{outcome} after {standing}"),
    };
}
