namespace Unarr.Pipelines.Sse;

/// <inheritdoc cref="SseDialect.Html"/>
internal readonly struct HtmlLines : ILines
{
    public static bool IsAgent => false;
}
