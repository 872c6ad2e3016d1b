namespace Unarr.Pipelines.Protocol;

/// <summary>An error as the control plane tells it: <c>{"error":"…"}</c>.</summary>
internal sealed class ErrorResponse
{
    public string? Error { get; set; }
}
