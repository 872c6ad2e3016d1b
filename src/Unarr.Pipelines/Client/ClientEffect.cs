namespace Unarr.Pipelines.Sse;

/// <summary>What a client is to do.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Delay">How long to wait.</param>
/// <param name="Reason">Why the client ends.</param>
internal readonly record struct ClientEffect(ClientEffectKind Kind, TimeSpan Delay = default, SseEndReason Reason = default);
