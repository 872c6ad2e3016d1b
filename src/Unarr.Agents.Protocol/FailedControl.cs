namespace Unarr.Agents.Protocol;

/// <summary>A control that an agent gave up. In JSON: <c>{"id":"…","error":"…"}</c>.</summary>
public sealed record FailedControl
{
    /// <summary>The control's id.</summary>
    public required string Id { get; init; }

    /// <summary>Why the control failed, for people.</summary>
    public string Error { get; init; } = "";
}
