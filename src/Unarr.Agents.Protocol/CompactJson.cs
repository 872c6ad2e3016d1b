using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using CommunityToolkit.HighPerformance.Buffers;

namespace Unarr.Agents.Protocol;

/// <summary>
/// Copies a JSON value as compact JSON: without white space and without escapes that JSON does not need; numbers keep their text.
/// </summary>
internal static class CompactJson
{
    // U+0000 to U+001F, six bytes each.
    private static readonly byte[] Controls =
        Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 0x20).Select(code => $"\\u{code:x4}")));

    private static readonly SearchValues<byte> Escaped =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(code => (byte)code), (byte)'"', (byte)'\\']);

    /// <summary>Copies the value at hand, and goes on to its last token.</summary>
    /// <param name="reader">At the value's first token.</param>
    /// <param name="maxBytes">How long the copy may be.</param>
    /// <param name="maxDepth">How deep lists and objects may be nested.</param>
    /// <param name="output">Where the copy goes; what it holds is of no use when there is a problem.</param>
    /// <returns>Why there is no copy; <see cref="CompactProblem.None"/> when there is one.</returns>
    /// <exception cref="JsonException">The value is not JSON.</exception>
    public static CompactProblem Copy(ref Utf8JsonReader reader, int maxBytes, int maxDepth, ArrayPoolBufferWriter<byte> output)
    {
        int outside = reader.CurrentDepth;
        int start = output.WrittenCount;
        CompactProblem problem = CompactProblem.None;
        bool owesComma = false;
        do
        {
            if (problem == CompactProblem.None)
            {
                int room = maxBytes - (output.WrittenCount - start);
                problem = IsStart(reader.TokenType) && reader.CurrentDepth - outside >= maxDepth ? CompactProblem.TooDeep
                    : TryCopyToken(reader, room, ref owesComma, output) ? CompactProblem.None : CompactProblem.TooLong;
            }
        }
        while (!IsLast(reader, outside) && reader.Read());
        return problem;
    }

    private static bool IsLast(in Utf8JsonReader reader, int outside) => reader.CurrentDepth == outside && !IsStart(reader.TokenType);

    private static bool IsStart(JsonTokenType token) => token is JsonTokenType.StartObject or JsonTokenType.StartArray;

    private static bool TryCopyToken(in Utf8JsonReader reader, int room, ref bool owesComma, ArrayPoolBufferWriter<byte> output)
    {
        JsonTokenType token = reader.TokenType;
        bool isEnd = token is JsonTokenType.EndObject or JsonTokenType.EndArray;
        if (owesComma && !isEnd && !TryWrite(","u8, ref room, output))
        {
            return false;
        }

        owesComma = !IsStart(token) && token != JsonTokenType.PropertyName;
        return token switch
        {
            JsonTokenType.PropertyName => TryWriteText(reader, ref room, output) && TryWrite(":"u8, ref room, output),
            JsonTokenType.String => TryWriteText(reader, ref room, output),
            _ => TryWrite(reader, ref room, output),
        };
    }

    /// <summary>A token that is copied as it is: a bracket, a number, a literal.</summary>
    private static bool TryWrite(in Utf8JsonReader reader, ref int room, ArrayPoolBufferWriter<byte> output)
    {
        if (!reader.HasValueSequence)
        {
            return TryWrite(reader.ValueSpan, ref room, output);
        }

        foreach (ReadOnlyMemory<byte> part in reader.ValueSequence)
        {
            if (!TryWrite(part.Span, ref room, output))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryWrite(ReadOnlySpan<byte> bytes, ref int room, ArrayPoolBufferWriter<byte> output)
    {
        if (bytes.Length > room)
        {
            return false;
        }

        room -= bytes.Length;
        output.Write(bytes);
        return true;
    }

    private static bool TryWriteText(in Utf8JsonReader reader, ref int room, ArrayPoolBufferWriter<byte> output)
    {
        if (!TryWrite("\""u8, ref room, output))
        {
            return false;
        }

        if (!reader.HasValueSequence && !reader.ValueIsEscaped && Utf8.IsValid(reader.ValueSpan))
        {
            return TryWrite(reader.ValueSpan, ref room, output) && TryWrite("\""u8, ref room, output);
        }

        bool isWithin = WireText.TryDecode(reader, room, out SpanOwner<byte> decoded, out int written);
        using (decoded)
        {
            return isWithin && TryEscape(decoded.Span[..written], ref room, output) && TryWrite("\""u8, ref room, output);
        }
    }

    private static bool TryEscape(ReadOnlySpan<byte> text, ref int room, ArrayPoolBufferWriter<byte> output)
    {
        while (text.IndexOfAny(Escaped) is >= 0 and int next)
        {
            if (!TryWrite(text[..next], ref room, output) || !TryWrite(EscapeOf(text[next]), ref room, output))
            {
                return false;
            }

            text = text[(next + 1)..];
        }

        return TryWrite(text, ref room, output);
    }

    private static ReadOnlySpan<byte> EscapeOf(byte character) => character switch
    {
        (byte)'"' => "\\\""u8,
        (byte)'\\' => "\\\\"u8,
        (byte)'\b' => "\\b"u8,
        (byte)'\f' => "\\f"u8,
        (byte)'\n' => "\\n"u8,
        (byte)'\r' => "\\r"u8,
        (byte)'\t' => "\\t"u8,
        _ => Controls.AsSpan(character * 6, 6),
    };
}
