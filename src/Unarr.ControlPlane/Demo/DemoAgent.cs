using System.Threading.Channels;
using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;

namespace Unarr.ControlPlane.Demo;

/// <summary>The demo's agent: tells every change of its route, and hands over what arrives.</summary>
internal sealed class DemoAgent(DemoNarrator narrator, string name = "agent") : DownlinkHandler
{
    private readonly Channel<(Control Control, ControlRoute Route)> _controls = Channel.CreateUnbounded<(Control, ControlRoute)>();
    private readonly Channel<DownlinkStatus> _statuses = Channel.CreateUnbounded<DownlinkStatus>();

    private string _told = "";

    public string Name => name;

    public ChannelReader<(Control Control, ControlRoute Route)> Controls => _controls.Reader;

    public ChannelReader<DownlinkStatus> Statuses => _statuses.Reader;

    public override ValueTask HandleControlAsync(Control control, ControlDelivery delivery, CancellationToken cancellationToken) =>
        _controls.Writer.WriteAsync((control, delivery.Route), cancellationToken);

    public override ValueTask OnStatusChangedAsync(DownlinkStatus status, CancellationToken cancellationToken)
    {
        string route = status.Routes switch
        {
            DownlinkRoutes.None => "none",
            DownlinkRoutes.Stream => "stream",
            DownlinkRoutes.LongPoll => "long-poll",
            _ => "stream + long-poll",
        };
        string line = $"{name}: {status.State.ToString().ToLowerInvariant()}, route {route}: {status.Reason}";
        if (line != _told)
        {
            // A status may change in what this line does not show.
            _told = line;
            narrator.Tell(line);
        }

        return _statuses.Writer.WriteAsync(status, cancellationToken);
    }
}
