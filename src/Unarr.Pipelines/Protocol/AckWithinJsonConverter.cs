using System.Text.Json;
using System.Text.Json.Serialization;

namespace Unarr.Pipelines.Protocol;

/// <summary>Reads a whole number of milliseconds; what is larger than the bound is read as the bound.</summary>
internal sealed class AckWithinJsonConverter : JsonConverter<int?>
{
    public override int? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long milliseconds)
            ? (int)Math.Clamp(milliseconds, 0, ControlCommand.MaxAckWithin)
            : throw new PayloadException("\"ackWithin\" must be a whole number of milliseconds.");

    public override void Write(Utf8JsonWriter writer, int? value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(value.GetValueOrDefault());
}
