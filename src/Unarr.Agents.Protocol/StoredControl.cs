using System.Text;
using System.Text.Json;
using CommunityToolkit.HighPerformance.Buffers;

namespace Unarr.Agents.Protocol;

/// <summary>A control as a store keeps it: the JSON of the wire without the wire's bounds,
/// so that a store reads all that it wrote.</summary>
internal static class StoredControl
{
    public static string Write(Control control)
    {
        using ArrayPoolBufferWriter<byte> text = new();
        Payload.Write(text, control, ProtocolJson.Control);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    /// <exception cref="JsonException">The text is not a control that a store wrote.</exception>
    public static Control Read(string text)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text), Payload.Reading);
        reader.Read();
        Control control = ControlJsonConverter.ReadControl(ref reader, ControlBounds.None, out _);

        // Nothing but white space may follow; anything else throws.
        reader.Read();

        // One changed byte makes a member an unknown one, which the wire ignores.
        return control.Action.Length > 0 ? control : throw new PayloadException("A stored control has no action.");
    }
}
