using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CommunityToolkit.HighPerformance.Buffers;

namespace Unarr.Pipelines.Protocol;

/// <summary>A control as a store keeps it: the JSON of the wire without the wire's bounds, so that a store reads all that it wrote.</summary>
internal static class StoredControl
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(ControlAction control)
    {
        using ArrayPoolBufferWriter<byte> text = new();
        using (Utf8JsonWriter json = new(text, Relaxed))
        {
            ControlActionJsonConverter.WriteControl(json, control);
        }

        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    /// <exception cref="JsonException">The text is not a control.</exception>
    public static ControlAction Read(string text)
    {
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
            reader.Read();
            ControlAction control = ControlActionJsonConverter.ReadControl(ref reader, isBounded: false);

            // Nothing but white space may follow; anything else throws.
            reader.Read();
            return control;
        }
        catch (InvalidOperationException exception)
        {
            throw new JsonException("A stored control holds half of a surrogate pair.", exception);
        }
    }
}
