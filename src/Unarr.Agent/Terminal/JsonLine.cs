using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Unarr.Agent.Terminal;

/// <summary>Makes one JSON object a line, its line end included.</summary>
internal static class JsonLine
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // What turns the direction of a terminal's text (Unicode's Bidi_Control) is the one thing that the encoder leaves as it is.
    private static readonly SearchValues<char> Turning = SearchValues.Create(
        '\u061C', '\u200E', '\u200F', '\u202A', '\u202B', '\u202C', '\u202D', '\u202E', '\u2066', '\u2067', '\u2068', '\u2069');

    public static byte[] Of(Action<Utf8JsonWriter> members)
    {
        var line = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(line, Options))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        line.Write("\n"u8);
        return line.WrittenSpan.ToArray();
    }

    /// <summary>Writes a text that a peer may have sent, and null as nothing.</summary>
    public static void Text(Utf8JsonWriter json, string name, string? text)
    {
        if (text is null)
        {
            return;
        }

        if (text.AsSpan().ContainsAny(Turning))
        {
            json.WritePropertyName(name);
            json.WriteRawValue(Escaped(text), skipInputValidation: true);
        }
        else
        {
            json.WriteString(name, text);
        }
    }

    /// <summary>Writes compact JSON that a peer may have sent, and none as nothing. Numbers keep their text.</summary>
    public static void Json(Utf8JsonWriter json, string name, ReadOnlySpan<byte> compact)
    {
        if (compact.IsEmpty)
        {
            return;
        }

        // What is not ASCII is in a string or a name, where an escape may stand for it.
        var escaped = new StringBuilder(compact.Length);
        foreach (Rune rune in Encoding.UTF8.GetString(compact).EnumerateRunes())
        {
            bool isPlain = rune.IsAscii ? rune.Value != 0x7F
                : !Options.Encoder!.WillEncode(rune.Value) && !(rune.IsBmp && Turning.Contains((char)rune.Value));
            if (isPlain)
            {
                escaped.Append(rune);
                continue;
            }

            foreach (char unit in rune.ToString())
            {
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
            }
        }

        json.WritePropertyName(name);
        json.WriteRawValue(escaped.ToString(), skipInputValidation: true);
    }

    private static string Escaped(string text)
    {
        var escaped = new StringBuilder("\"");
        foreach (char character in JsonEncodedText.Encode(text, Options.Encoder).Value)
        {
            _ = Turning.Contains(character)
                ? escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}")
                : escaped.Append(character);
        }

        return escaped.Append('"').ToString();
    }
}
