using Microsoft.Extensions.Logging;
using Unarr.Agent.Terminal;
using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;

namespace Unarr.Agent.Output;

/// <summary>A line for each thing that happens. Lines that nobody reads are dropped beyond a bound, and counted.</summary>
internal sealed class LineOutput(Stream output, IEventFormat format, AgentClock clock, ILogger logger) : IAgentOutput
{
    private readonly LineWriter _lines = new(
        line =>
        {
            output.Write(line);
            output.Flush();
        },
        new LineQueue(dropped => format.Dropped(dropped, clock.Now)));

    public Task Ended => _lines.Ended;

    public void Control(Control control, ControlRoute source, TimeSpan at) => Add(format.Control(control, source, at));

    public void Result(ControlResult result, TimeSpan at) => Add(format.Result(result, at));

    public void Synced(SyncReport report, TimeSpan at) => Add(format.Sync(report, at));

    public void RouteChanged(DownlinkStatus status, TimeSpan at) => Add(format.Route(status, at));

    public async Task EndAsync()
    {
        if (!await _lines.EndAsync().ConfigureAwait(false))
        {
            AgentLog.LinesLeft(logger);
        }
    }

    private void Add(byte[] line)
    {
        if (_lines.Add(line) == 1)
        {
            AgentLog.LinesDropped(logger);
        }
    }
}
