using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;

namespace Unarr.Samples.Observability;

/// <summary>Prints the controls that come.</summary>
internal sealed class PrintingHandler : IDownlinkHandler
{
    public ValueTask HandleControlAsync(ControlAction control, ControlSource source, CancellationToken cancellationToken)
    {
        Console.WriteLine($"{control.Action} {control.TaskId} over {source}");
        return ValueTask.CompletedTask;
    }
}
