using System.Text.Json;
using System.Text.Json.Serialization;

namespace Unarr.Agents.Protocol;

/// <summary>Reads and writes a line of the state file.</summary>
internal sealed class SettledControlJsonConverter : JsonConverter<SettledControl>
{
    public override SettledControl Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        WireMember.ThrowUnlessObject(reader.TokenType);
        string? id = null;
        string? error = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (WireText.IsName(reader, "id"u8))
            {
                id = WireMember.Text(ref reader, "id", id);
            }
            else if (WireText.IsName(reader, "error"u8))
            {
                error = WireMember.Text(ref reader, "error", error);
            }
            else
            {
                WireMember.Skip(ref reader);
            }
        }

        // "An empty id is no id."
        return string.IsNullOrEmpty(id) ? throw new PayloadException("It has no id.") : new SettledControl(id, error);
    }

    public override void Write(Utf8JsonWriter writer, SettledControl value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, value.Id);
        if (value.Error is not null)
        {
            writer.WriteString("error"u8, value.Error);
        }

        writer.WriteEndObject();
    }
}
