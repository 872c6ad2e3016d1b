using System.Text.Json;

namespace Unarr.Agents.Protocol;

/// <summary>Reads one item of a list.</summary>
internal delegate T WireItemReader<out T>(ref Utf8JsonReader reader);
