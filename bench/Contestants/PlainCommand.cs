namespace Unarr.Pipelines.Bench.Contestants;

internal sealed class PlainCommand
{
    public IReadOnlyList<PlainControl> Controls { get; set; } = [];
}
