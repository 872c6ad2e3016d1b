using System.Text.Json;
using System.Text.Json.Serialization;

namespace Unarr.Agents.Protocol;

/// <summary>Reads and writes the answer to a long-poll, as <c>docs/protocol.md</c> defines it.</summary>
internal sealed class WakeResponseJsonConverter : JsonConverter<WakeResponse>
{
    public override WakeResponse Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        WireMember.ThrowUnlessObject(reader.TokenType);
        var response = new WakeResponse();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (WireText.IsName(reader, "wake"u8))
            {
                response.Wake = WireMember.Boolean(ref reader, "wake", response.Wake) == true;
            }
            else
            {
                WireMember.Skip(ref reader);
            }
        }

        return response;
    }

    public override void Write(Utf8JsonWriter writer, WakeResponse value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteBoolean("wake"u8, value.Wake);
        writer.WriteEndObject();
    }
}
