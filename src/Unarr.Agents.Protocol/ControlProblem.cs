namespace Unarr.Agents.Protocol;

/// <summary>Why a control that is pushed is refused.</summary>
/// <param name="Member">The name of the member at fault, whatever it is; empty when no member is.</param>
/// <param name="Text">What is wrong, as the end of a sentence that begins with the control:
/// <c>has a member "task_id": …</c>.</param>
internal sealed record ControlProblem(string Member, string Text);
