using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.AspNetCore;

/// <summary>Writes one event of an item.</summary>
/// <param name="writer">Where to.</param>
/// <param name="data">The item's data.</param>
/// <param name="eventType">Its type in UTF-8; empty for the default one.</param>
/// <param name="id">Its id in UTF-8; empty for none.</param>
internal delegate void EventBody<in T>(SseWriter writer, T data, ReadOnlySpan<byte> eventType, ReadOnlySpan<byte> id);
