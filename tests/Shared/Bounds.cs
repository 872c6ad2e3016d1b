using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Testing;

/// <summary>The bounds of a stream, as a plain value.</summary>
public sealed record Bounds
{
    public int MaxLineBytes { get; init; } = new SseReaderOptions().MaxLineBytes;

    public int MaxEventBytes { get; init; } = new SseReaderOptions().MaxEventBytes;

    /// <summary>The options for a stream of this dialect; without bounds, the default ones.</summary>
    public static SseReaderOptions Options(SseDialect dialect, Bounds? bounds = null)
    {
        bounds ??= new Bounds();
        return new SseReaderOptions { Dialect = dialect, MaxLineBytes = bounds.MaxLineBytes, MaxEventBytes = bounds.MaxEventBytes };
    }
}
