using Unarr.Agents.Hub.Lines;
using Unarr.Agents.Protocol;

namespace Unarr.ControlPlane.Audit;

/// <summary>A control that an operator pushed, without its parameters, which may hold a secret.</summary>
/// <param name="Action">Its action, shortened.</param>
/// <param name="TaskId">Its task id, shortened.</param>
/// <param name="DeletesFiles">Whether it deletes files.</param>
internal sealed record AuditControl(string Action, string TaskId, bool DeletesFiles)
{
    public static AuditControl From(Control control) =>
        new(Shorten.Text(control.Action), Shorten.Text(control.TaskId), control.DeleteFiles);
}
