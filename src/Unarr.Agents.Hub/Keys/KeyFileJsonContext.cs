using System.Text.Json;
using System.Text.Json.Serialization;

namespace Unarr.Agents.Hub.Keys;

/// <summary>The key file's JSON contract: a misspelt or repeated member is an error, not a key that silently does not count.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true)]
[JsonSerializable(typeof(KeyFile))]
internal sealed partial class KeyFileJsonContext : JsonSerializerContext;
