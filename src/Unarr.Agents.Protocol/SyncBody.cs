using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Unarr.Agents.Protocol;

/// <summary>The application's own members of a sync's JSON object.</summary>
/// <remarks>It is valid during the call that it is passed to. Not thread-safe.</remarks>
public sealed class SyncBody
{
    private static readonly string[] Reserved = ["agentId", "name", "version", "os", "arch", "appliedControls", "failedControls"];

    private readonly Dictionary<string, JsonElement> _members = [];
    private byte[]? _json;

    /// <summary>Makes an empty object.</summary>
    public SyncBody()
    {
    }

    /// <summary>The object as UTF-8 JSON; valid until the next <see cref="Write"/>.</summary>
    public ReadOnlySpan<byte> Utf8Json =>
        _json ??= JsonSerializer.SerializeToUtf8Bytes(_members, ProtocolJsonContext.Relaxed.DictionaryStringJsonElement);

    internal IReadOnlyDictionary<string, JsonElement> Members => _members;

    /// <summary>Adds the members of an object; a member that is there already is replaced.</summary>
    /// <typeparam name="T">The object's type.</typeparam>
    /// <param name="members">The object. Its member <c>tasks</c>, where it has one, is the list of the tasks at hand.</param>
    /// <param name="typeInfo">The source-generated contract of the type.</param>
    /// <exception cref="ArgumentException">The value is not an object in JSON, or has a member that the protocol itself writes:
    /// <c>agentId</c>, <c>name</c>, <c>version</c>, <c>os</c>, <c>arch</c>, <c>appliedControls</c> or <c>failedControls</c>, in any
    /// case; or its <c>tasks</c> is not a list. Nothing is added then.</exception>
    public void Write<T>(T members, JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        JsonElement element = JsonSerializer.SerializeToElement(members, typeInfo);
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new ArgumentException("The members of a sync must be an object in JSON.", nameof(members));
        }

        foreach (JsonProperty member in element.EnumerateObject())
        {
            if (Reserved.Contains(member.Name, StringComparer.OrdinalIgnoreCase))
            {
                throw new ArgumentException($"The member \"{member.Name}\" is the protocol's own.", nameof(members));
            }

            if (member.Name.Equals("tasks", StringComparison.OrdinalIgnoreCase) && member.Value.ValueKind != JsonValueKind.Array)
            {
                throw new ArgumentException("The member \"tasks\" must be a list.", nameof(members));
            }
        }

        foreach (JsonProperty member in element.EnumerateObject())
        {
            _members[member.Name] = member.Value;
        }

        _json = null;
    }

    /// <summary>Reads the object.</summary>
    /// <typeparam name="T">The type to read it as.</typeparam>
    /// <param name="typeInfo">The source-generated contract of the type.</param>
    /// <exception cref="JsonException">The object does not fit the type.</exception>
    public T Read<T>(JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        return JsonSerializer.Deserialize(Utf8Json, typeInfo) ?? throw new JsonException("The object was read as null.");
    }
}
