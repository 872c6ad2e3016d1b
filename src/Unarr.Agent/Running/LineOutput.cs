using Microsoft.Extensions.Logging;
using Unarr.Pipelines.Downlink;
using Unarr.Pipelines.Protocol;

namespace Unarr.Agent.Running;

/// <summary>A line for each thing that happens.</summary>
internal sealed class LineOutput(Stream output, IEventFormat format, ILogger logger) : IAgentOutput
{
    private readonly EventLines _lines = new(output, logger);

    public Task Ended => _lines.Writing;

    public Task ControlAsync(ControlAction control, ControlSource source, TimeSpan at, CancellationToken cancellationToken) =>
        _lines.WriteAsync(format.Control(control, source, at), cancellationToken);

    public void Synced(SyncReport report, TimeSpan at) => _lines.Add(format.Sync(report, at));

    public void RouteChanged(DownlinkStatus status, TimeSpan at) => _lines.Add(format.Route(status, at));

    public Task EndAsync() => _lines.EndAsync();
}
