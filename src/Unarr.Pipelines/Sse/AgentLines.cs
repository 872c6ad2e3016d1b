namespace Unarr.Pipelines.Sse;

/// <inheritdoc cref="SseDialect.Agent"/>
internal readonly struct AgentLines : ILines
{
    public static bool IsAgent => true;
}
