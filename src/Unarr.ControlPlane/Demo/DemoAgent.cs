using System.Threading.Channels;
using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;

namespace Unarr.ControlPlane.Demo;

/// <summary>The demo's agent: tells every change of its route, and hands over what arrives.</summary>
internal sealed class DemoAgent(DemoNarrator narrator) : IDownlinkHandler
{
    private readonly Channel<(ControlAction Control, ControlSource Source)> _controls =
        Channel.CreateUnbounded<(ControlAction, ControlSource)>();
    private readonly Channel<DownlinkStatus> _statuses = Channel.CreateUnbounded<DownlinkStatus>();

    private string _told = "";

    public ChannelReader<(ControlAction Control, ControlSource Source)> Controls => _controls.Reader;

    public ChannelReader<DownlinkStatus> Statuses => _statuses.Reader;

    public ValueTask HandleControlAsync(ControlAction control, ControlSource source, CancellationToken cancellationToken) =>
        _controls.Writer.WriteAsync((control, source), cancellationToken);

    public void OnStatusChanged(DownlinkStatus status)
    {
        string route = status.Route switch
        {
            DownlinkRoute.None => "none",
            DownlinkRoute.Sse => "stream",
            DownlinkRoute.Poll => "long-poll",
            _ => "stream + long-poll",
        };
        string line = $"agent: {status.State.ToString().ToLowerInvariant()}, route {route}: {status.Reason}";
        if (line != _told)
        {
            // A status may change in what this line does not show.
            _told = line;
            narrator.Tell(line);
        }

        _statuses.Writer.TryWrite(status);
    }
}
