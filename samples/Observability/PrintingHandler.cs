using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;

namespace Unarr.Samples.Observability;

/// <summary>Prints the controls that come.</summary>
internal sealed class PrintingHandler : DownlinkHandler
{
    public override ValueTask HandleControlAsync(Control control, ControlDelivery delivery, CancellationToken cancellationToken)
    {
        Console.WriteLine($"{control.Action} {control.TaskId} over {delivery.Route}");
        return ValueTask.CompletedTask;
    }
}
