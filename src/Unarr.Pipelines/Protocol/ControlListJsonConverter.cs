using System.Text.Json;
using System.Text.Json.Serialization;

namespace Unarr.Pipelines.Protocol;

/// <summary>Reads a list of controls up to its bound: "more is a payload that does not parse".</summary>
internal sealed class ControlListJsonConverter : JsonConverter<IReadOnlyList<ControlAction>>
{
    private static readonly ControlActionJsonConverter Control = new();

    public override bool HandleNull => true;

    public override IReadOnlyList<ControlAction> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return [];
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new PayloadException("\"controls\" must be a list.");
        }

        List<ControlAction> controls = new(1);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (controls.Count == ControlCommand.MaxControls)
            {
                throw new PayloadException($"\"controls\" has more than {ControlCommand.MaxControls} entries.");
            }

            if (controls.Count == 1)
            {
                // One is the usual number; where there are two, more are to be expected.
                controls.EnsureCapacity(8);
            }

            controls.Add(Control.Read(ref reader, typeof(ControlAction), options));
        }

        return controls;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<ControlAction> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (ControlAction control in value)
        {
            Control.Write(writer, control, options);
        }

        writer.WriteEndArray();
    }
}
