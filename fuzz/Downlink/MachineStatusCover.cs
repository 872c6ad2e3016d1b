using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Deciding;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>What a machine knows of the cover: it hears of a poll's answer, but does not report it.</summary>
internal static class MachineStatusCover
{
    /// <summary>Whether a stream is live or a long-poll is open, answered or not.</summary>
    public static bool MayCover(this MachineStatus status) =>
        status.State == DownlinkState.Live || status.Route.HasFlag(DownlinkRoutes.LongPoll);
}
