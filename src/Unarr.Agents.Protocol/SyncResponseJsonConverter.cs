using System.Text.Json;
using System.Text.Json.Serialization;

namespace Unarr.Agents.Protocol;

/// <summary>Reads and writes the answer to a sync, as <c>docs/protocol.md</c> defines it.</summary>
internal sealed class SyncResponseJsonConverter : JsonConverter<SyncResponse>
{
    public override SyncResponse Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        WireMember.ThrowUnlessObject(reader.TokenType);
        var response = new SyncResponse();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (WireText.IsName(reader, "controls"u8))
            {
                if (WireMember.Next(ref reader))
                {
                    response.Controls = ControlList.Read(ref reader, out IReadOnlyList<FailedControl> rejected);
                    response.Rejected = rejected;
                }
            }
            else if (WireText.IsName(reader, "watching"u8))
            {
                response.Watching = WireMember.Boolean(ref reader, "watching", response.Watching) == true;
            }
            else if (WireText.IsName(reader, "acknowledged"u8))
            {
                response.Acknowledged = WireMember.Boolean(ref reader, "acknowledged", response.Acknowledged);
            }
            else
            {
                WireMember.Skip(ref reader);
            }
        }

        return response;
    }

    public override void Write(Utf8JsonWriter writer, SyncResponse value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        ControlList.Write(writer, value.Controls);
        writer.WriteBoolean("watching"u8, value.Watching);
        if (value.Acknowledged is { } acknowledged)
        {
            writer.WriteBoolean("acknowledged"u8, acknowledged);
        }

        value.Members?.WriteTo(writer);
        writer.WriteEndObject();
    }
}
