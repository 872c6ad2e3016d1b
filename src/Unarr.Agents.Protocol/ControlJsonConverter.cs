using System.Text.Json;
using System.Text.Json.Serialization;

namespace Unarr.Agents.Protocol;

/// <summary>Reads and writes one control.</summary>
internal sealed class ControlJsonConverter : JsonConverter<Control>
{
    public override Control Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        Control control = ReadControl(ref reader, ControlBounds.OfWire, out string? problem);
        return problem is null ? control : throw new PayloadException($"A control's {problem}.");
    }

    public override void Write(Utf8JsonWriter writer, Control value, JsonSerializerOptions options) => WriteControl(writer, value);

    /// <summary>Reads a control; a member that is over its bound is empty.</summary>
    /// <param name="reader">At the control's beginning.</param>
    /// <param name="bounds">How long its members may be.</param>
    /// <param name="problem">Which member is over which bound, as the end of a sentence; <see langword="null"/> when none is.</param>
    public static Control ReadControl(ref Utf8JsonReader reader, in ControlBounds bounds, out string? problem)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new PayloadException("A control must be an object.");
        }

        // Null is too long here.
        string? action = "";
        string? taskId = "";
        string? id = "";
        bool deleteFiles = false;
        DateTimeOffset? pushedAt = null;
        byte[]? parameters = null;
        string? parametersProblem = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (WireText.IsName(reader, "action"u8))
            {
                action = ReadAction(ref reader, bounds.StringBytes, action);
            }
            else if (WireText.IsName(reader, "taskId"u8))
            {
                taskId = ReadText(ref reader, "taskId", bounds.StringBytes, taskId);
            }
            else if (WireText.IsName(reader, "deleteFiles"u8))
            {
                deleteFiles = WireMember.Boolean(ref reader, "deleteFiles", deleteFiles) == true;
            }
            else if (WireText.IsName(reader, "id"u8))
            {
                id = ReadText(ref reader, "id", bounds.StringBytes, id);
            }
            else if (WireText.IsName(reader, "params"u8))
            {
                if (WireMember.Next(ref reader))
                {
                    parametersProblem = ControlParameters.Read(ref reader, bounds, out parameters);
                }
            }
            else if (WireText.IsName(reader, "at"u8))
            {
                pushedAt = ReadTime(ref reader) ?? pushedAt;
            }
            else
            {
                WireMember.Skip(ref reader);
            }
        }

        string? tooLong = id is null ? "id" : action is null ? "action" : taskId is null ? "taskId" : null;
        problem = tooLong is null ? parametersProblem : $"\"{tooLong}\" is longer than {bounds.StringBytes} bytes";
        return new Control(action ?? "", taskId ?? "")
        {
            DeleteFiles = deleteFiles,
            OwnParameters = parameters,

            // "An empty id is no id."
            Id = string.IsNullOrEmpty(id) ? null : id,
            PushedAt = pushedAt,
        };
    }

    public static void WriteControl(Utf8JsonWriter writer, Control value)
    {
        writer.WriteStartObject();
        if (!string.IsNullOrEmpty(value.Id))
        {
            writer.WriteString("id"u8, value.Id);
        }

        writer.WriteString("action"u8, value.Action);
        writer.WriteString("taskId"u8, value.TaskId);
        if (value.DeleteFiles)
        {
            writer.WriteBoolean("deleteFiles"u8, true);
        }

        if (!value.Parameters.IsEmpty)
        {
            writer.WritePropertyName("params"u8);
            writer.WriteRawValue(value.Parameters.Span, skipInputValidation: true);
        }

        if (value.PushedAt is { } pushedAt)
        {
            writer.WriteNumber("at"u8, pushedAt.ToUnixTimeMilliseconds());
        }

        writer.WriteEndObject();
    }

    /// <summary>An action that this agent knows is a constant.</summary>
    private static string? ReadAction(ref Utf8JsonReader reader, int maxBytes, string? before)
    {
        if (!WireMember.Next(ref reader))
        {
            return before;
        }

        WireMember.ThrowUnless(reader.TokenType == JsonTokenType.String, "action", "a string");
        if (WireText.TryPlain(reader, maxBytes, out ReadOnlySpan<byte> plain) && KnownAction.Of(plain) is { } known)
        {
            return known;
        }

        return WireText.TryRead(reader, maxBytes, out string text) ? text : null;
    }

    /// <returns>The string; <see langword="null"/> when it is longer than the bound.</returns>
    private static string? ReadText(ref Utf8JsonReader reader, string name, int maxBytes, string? before)
    {
        if (!WireMember.Next(ref reader))
        {
            return before;
        }

        WireMember.ThrowUnless(reader.TokenType == JsonTokenType.String, name, "a string");
        return WireText.TryRead(reader, maxBytes, out string text) ? text : null;
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
}
