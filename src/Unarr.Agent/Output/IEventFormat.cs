using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;

namespace Unarr.Agent.Output;

/// <summary>Makes a line of what has happened, its line end included.</summary>
internal interface IEventFormat
{
    byte[] Control(Control control, ControlRoute source, TimeSpan at);

    byte[] Result(ControlResult result, TimeSpan at);

    byte[] Sync(SyncReport report, TimeSpan at);

    byte[] Route(DownlinkStatus status, TimeSpan at);

    /// <summary>Lines that nobody read were dropped.</summary>
    byte[] Dropped(long lines, TimeSpan at);
}
