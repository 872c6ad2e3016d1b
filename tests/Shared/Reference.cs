using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Testing;

/// <summary>What a stream must give, said a second time and naively: slow,
/// unbounded and without a line in common with the framer.</summary>
public static class Reference
{
    public static List<Frame> Read(byte[] stream, SseDialect dialect, Bounds? limits = null)
    {
        limits ??= new Bounds();
        return [.. dialect == SseDialect.Agent ? ReferenceAgent.Read(stream, limits) : ReferenceWhatWg.Read(stream, limits)];
    }
}
