using System.Buffers;
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
        Write(control, text);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    public static void Write(Control control, IBufferWriter<byte> output)
    {
        if (control is { Id: { } id, Text: { } text })
        {
            text.Write(id, output.GetSpan(text.Length));
            output.Advance(text.Length);
        }
        else
        {
            Payload.Write(output, control, ProtocolJson.Control);
        }
    }

    /// <summary>How many bytes <see cref="Write(Control, IBufferWriter{byte})"/> writes.</summary>
    public static int Length(Control control)
    {
        if (control.Text is { } text)
        {
            return text.Length;
        }

        using ArrayPoolBufferWriter<byte> written = new();
        Write(control, written);
        return written.WrittenCount;
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
