namespace Unarr.Pipelines.Bench.Contestants;

/// <summary>A control as one would write it down: what the generator makes of it is the baseline.</summary>
internal sealed record PlainControl
{
    public required string Action { get; init; }

    public string TaskId { get; init; } = "";

    public bool DeleteFiles { get; init; }

    public string? Id { get; init; }

    public long? At { get; init; }
}
