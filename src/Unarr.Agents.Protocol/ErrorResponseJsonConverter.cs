using System.Text.Json;
using System.Text.Json.Serialization;
using CommunityToolkit.HighPerformance.Buffers;

namespace Unarr.Agents.Protocol;

/// <summary>Reads an error, as <c>docs/protocol.md</c> defines it.</summary>
internal sealed class ErrorResponseJsonConverter : JsonConverter<ErrorResponse>
{
    public override ErrorResponse Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        WireMember.ThrowUnlessObject(reader.TokenType);
        var response = new ErrorResponse();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (WireText.IsName(reader, "error"u8))
            {
                response.Error = WireMember.Text(ref reader, "error", response.Error);
            }
            else if (WireText.IsName(reader, "message"u8))
            {
                response.Message = WireMember.Text(ref reader, "message", response.Message);
            }
            else if (WireText.IsName(reader, "details"u8))
            {
                if (WireMember.Next(ref reader))
                {
                    using ArrayPoolBufferWriter<byte> details = new();
                    CompactJson.Copy(ref reader, int.MaxValue, int.MaxValue, details);
                    response.Details = details.WrittenSpan.ToArray();
                }
            }
            else
            {
                WireMember.Skip(ref reader);
            }
        }

        return response;
    }

    public override void Write(Utf8JsonWriter writer, ErrorResponse value, JsonSerializerOptions options) =>
        throw new NotSupportedException("An error is read only.");
}
