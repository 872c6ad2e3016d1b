namespace Unarr.ControlPlane.Operator;

/// <summary>A control of a push to many, shortened.</summary>
/// <param name="Action">Its action.</param>
/// <param name="TaskId">Its task id.</param>
/// <param name="DeleteFiles">Whether it deletes files.</param>
internal sealed record PushedControlView(string Action, string TaskId, bool DeleteFiles);
