namespace Unarr.Pipelines.Sse;

/// <inheritdoc cref="SseDialect.WhatWg"/>
internal readonly struct WhatWgLines : ILines
{
    public static bool IsAgent => false;
}
