using System.Text.Json;
using System.Text.Json.Serialization;
using CommunityToolkit.HighPerformance.Buffers;

namespace Unarr.Pipelines.Protocol;

/// <summary>Reads and writes one control; its strings come from <see cref="StringPool.Shared"/>.</summary>
internal sealed class ControlActionJsonConverter : JsonConverter<ControlAction>
{
    /// <summary>Longer strings than this are not pooled.</summary>
    private const int MaxPooledBytes = 128;

    public override ControlAction Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        ReadControl(ref reader, isBounded: true);

    public override void Write(Utf8JsonWriter writer, ControlAction value, JsonSerializerOptions options) => WriteControl(writer, value);

    internal static ControlAction ReadControl(ref Utf8JsonReader reader, bool isBounded)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new PayloadException("A control must be an object.");
        }

        string action = "";
        string taskId = "";
        bool deleteFiles = false;
        string? id = null;
        DateTimeOffset? pushedAt = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("action"u8))
            {
                action = ReadString(ref reader, "action", pooled: true, isBounded) ?? "";
            }
            else if (reader.ValueTextEquals("taskId"u8))
            {
                taskId = ReadString(ref reader, "taskId", pooled: true, isBounded) ?? "";
            }
            else if (reader.ValueTextEquals("deleteFiles"u8))
            {
                deleteFiles = ReadBoolean(ref reader, "deleteFiles");
            }
            else if (reader.ValueTextEquals("id"u8))
            {
                id = ReadString(ref reader, "id", pooled: false, isBounded) is { Length: > 0 } given ? given : null;
            }
            else if (reader.ValueTextEquals("at"u8))
            {
                pushedAt = ReadTime(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return new ControlAction { Action = action, TaskId = taskId, DeleteFiles = deleteFiles, Id = id, PushedAt = pushedAt };
    }

    internal static void WriteControl(Utf8JsonWriter writer, ControlAction value)
    {
        writer.WriteStartObject();
        if (value.Id is { Length: > 0 })
        {
            writer.WriteString("id"u8, value.Id);
        }

        writer.WriteString("action"u8, value.Action);
        writer.WriteString("taskId"u8, value.TaskId);
        if (value.DeleteFiles)
        {
            writer.WriteBoolean("deleteFiles"u8, true);
        }

        if (value.PushedAt is { } pushedAt)
        {
            writer.WriteNumber("at"u8, pushedAt.ToUnixTimeMilliseconds());
        }

        writer.WriteEndObject();
    }

    private static string? ReadString(ref Utf8JsonReader reader, string name, bool pooled, bool isBounded)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            throw new PayloadException($"A control's \"{name}\" must be a string.");
        }

        if (isBounded && (reader.HasValueSequence ? reader.ValueSequence.Length : reader.ValueSpan.Length) > ControlAction.MaxStringBytes)
        {
            throw new PayloadException($"A control's \"{name}\" is longer than {ControlAction.MaxStringBytes} bytes.");
        }

        // An id is new each time: pooling it would only push the others out.
        if (!pooled || reader.HasValueSequence || reader.ValueSpan.Length > MaxPooledBytes)
        {
            return reader.GetString();
        }

        Span<char> characters = stackalloc char[MaxPooledBytes];
        return StringPool.Shared.GetOrAdd(characters[..reader.CopyString(characters)]);
    }

    /// <summary>Milliseconds since 1970. It serves a measurement only: whatever else stands there is as if it did not.</summary>
    private static DateTimeOffset? ReadTime(ref Utf8JsonReader reader)
    {
        const long Latest = 253_402_300_799_999; // the last millisecond of the year 9999
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long milliseconds) && milliseconds is >= 0 and <= Latest)
        {
            return DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        }

        reader.Skip();
        return null;
    }

    private static bool ReadBoolean(ref Utf8JsonReader reader, string name)
    {
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False or JsonTokenType.Null => false,
            _ => throw new PayloadException($"A control's \"{name}\" must be true or false."),
        };
    }
}
