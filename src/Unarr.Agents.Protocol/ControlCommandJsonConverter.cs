using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Unarr.Agents.Protocol;

/// <summary>Reads and writes a command, as <c>docs/protocol.md</c> defines it.</summary>
internal sealed class ControlCommandJsonConverter : JsonConverter<ControlCommand>
{
    public override ControlCommand Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        WireMember.ThrowUnlessObject(reader.TokenType);
        var command = new ControlCommand();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (WireText.IsName(reader, "controls"u8))
            {
                if (WireMember.Next(ref reader))
                {
                    command.Controls = ControlList.Read(ref reader, out IReadOnlyList<FailedControl> rejected);
                    command.Rejected = rejected;
                }
            }
            else if (WireText.IsName(reader, "ackWithin"u8))
            {
                command.AckWithin = WireMember.Next(ref reader) ? ReadAckWithin(ref reader) : command.AckWithin;
            }
            else
            {
                WireMember.Skip(ref reader);
            }
        }

        return command;
    }

    public override void Write(Utf8JsonWriter writer, ControlCommand value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        ControlList.Write(writer, value.Controls);
        if (value.AckWithin is { } milliseconds)
        {
            writer.WriteNumber("ackWithin"u8, milliseconds);
        }

        writer.WriteEndObject();
    }

    /// <summary>A whole number of milliseconds; "at most 60,000": what is more is read as that.</summary>
    private static int ReadAckWithin(ref Utf8JsonReader reader)
    {
        WireMember.ThrowUnless(reader.TokenType == JsonTokenType.Number && IsWhole(reader), "ackWithin", "a whole number");
        return reader.TryGetInt64(out long milliseconds)
            ? (int)Math.Clamp(milliseconds, 0, ControlCommand.MaxAckWithin)
            : reader.GetDouble() < 0 ? 0 : ControlCommand.MaxAckWithin;
    }

    private static bool IsWhole(in Utf8JsonReader reader) =>
        !(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan).ContainsAny(".eE"u8);
}
