namespace Unarr.Agent.Live;

/// <summary>A control that the view shows.</summary>
internal sealed record LiveControl(TimeSpan At, string Action, string TaskId, string Via, string? Failure = null);
