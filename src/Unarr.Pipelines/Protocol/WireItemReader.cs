using System.Text.Json;

namespace Unarr.Pipelines.Protocol;

/// <summary>Reads one item of a list.</summary>
internal delegate T WireItemReader<out T>(ref Utf8JsonReader reader);
