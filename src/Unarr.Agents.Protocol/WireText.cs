using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using CommunityToolkit.HighPerformance.Buffers;

namespace Unarr.Agents.Protocol;

/// <summary>Reads a JSON string or name: "a byte that is not UTF-8 and a lone surrogate each become U+FFFD; they drop nothing".</summary>
internal static class WireText
{
    // "\u0041" is one byte.
    private const int MaxEscapedBytes = 6;

    // U+FFFD is three, and stands for one.
    private const int MaxRepairedBytes = 3;

    /// <summary>Reads the string or name at hand, however long it is.</summary>
    public static string Read(in Utf8JsonReader reader)
    {
        TryRead(reader, int.MaxValue, out string text);
        return text;
    }

    /// <summary>Reads the string at hand, unless it is longer than a bound.</summary>
    /// <param name="reader">Where the string is.</param>
    /// <param name="maxBytes">The bound, in UTF-8 after decoding: <c>\u00e9</c> is two bytes, not six.</param>
    /// <param name="text">The string; empty when it is longer.</param>
    public static bool TryRead(in Utf8JsonReader reader, int maxBytes, out string text)
    {
        if (TryPlain(reader, maxBytes, out ReadOnlySpan<byte> plain) && TryText(plain, out text))
        {
            return true;
        }

        return TryDecode(reader, maxBytes, out text);
    }

    /// <summary>Returns the bytes of the string at hand where they are its text as they stand, if they are UTF-8.</summary>
    /// <param name="reader">Where the string is.</param>
    /// <param name="maxBytes">The bound.</param>
    /// <param name="plain">The bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryPlain(in Utf8JsonReader reader, int maxBytes, out ReadOnlySpan<byte> plain)
    {
        plain = reader.ValueSpan;
        return !reader.HasValueSequence && !reader.ValueIsEscaped && plain.Length <= maxBytes;
    }

    /// <summary>Whether the name at hand is this one: "names match exactly or, failing that, in any ASCII case".</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsName(in Utf8JsonReader reader, ReadOnlySpan<byte> name) =>
        reader.ValueSpan.SequenceEqual(name) || IsOtherwise(reader, name);

    /// <summary>Whether the name at hand, which is not this one byte for byte, is this one in another case or escaped.</summary>
    private static bool IsOtherwise(in Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        if (!reader.HasValueSequence && !reader.ValueIsEscaped)
        {
            return reader.ValueSpan.Length == name.Length && Ascii.EqualsIgnoreCase(reader.ValueSpan, name);
        }

        return TryDecode(reader, name.Length, out string text) && Ascii.EqualsIgnoreCase(name, text);
    }

    /// <summary>Decodes the string or name at hand, unless it is longer than a bound.</summary>
    /// <param name="reader">Where the string is.</param>
    /// <param name="maxBytes">The bound, in UTF-8 after decoding.</param>
    /// <param name="decoded">Begins with the text as UTF-8. The caller disposes it, also when the text is longer.</param>
    /// <param name="written">How many bytes the text is.</param>
    public static bool TryDecode(in Utf8JsonReader reader, int maxBytes, out SpanOwner<byte> decoded, out int written)
    {
        decoded = SpanOwner<byte>.Empty;
        written = 0;
        long length = reader.HasValueSequence ? reader.ValueSequence.Length : reader.ValueSpan.Length;
        if (length > (long)maxBytes * MaxEscapedBytes)
        {
            return false;
        }

        using SpanOwner<byte> copy = SpanOwner<byte>.Allocate(reader.HasValueSequence ? (int)length : 0);
        reader.ValueSequence.CopyTo(copy.Span);
        decoded = SpanOwner<byte>.Allocate((int)Math.Min(maxBytes, length * MaxRepairedBytes));
        return TryDecode(reader.HasValueSequence ? copy.Span : reader.ValueSpan, decoded.Span, out written);
    }

    private static bool TryDecode(in Utf8JsonReader reader, int maxBytes, out string text)
    {
        text = "";
        bool isWithin = TryDecode(reader, maxBytes, out SpanOwner<byte> decoded, out int written);
        using (decoded)
        {
            return isWithin && TryText(decoded.Span[..written], out text);
        }
    }

    /// <summary>Decodes a string's bytes as they are between the quotes; their escapes are well formed.</summary>
    /// <returns>Whether there is room for all of it.</returns>
    private static bool TryDecode(ReadOnlySpan<byte> escaped, Span<byte> decoded, out int written)
    {
        written = 0;
        while (!escaped.IsEmpty)
        {
            if (escaped[0] == (byte)'\\')
            {
                int consumed = Unescape(escaped, out Rune rune);
                if (!rune.TryEncodeToUtf8(decoded[written..], out int bytes))
                {
                    return false;
                }

                written += bytes;
                escaped = escaped[consumed..];
                continue;
            }

            int end = escaped.IndexOf((byte)'\\');
            ReadOnlySpan<byte> plain = end < 0 ? escaped : escaped[..end];
            escaped = escaped[plain.Length..];
            if (!TryRepair(plain, decoded[written..], out int repaired))
            {
                return false;
            }

            written += repaired;
        }

        return true;
    }

    private static bool TryRepair(ReadOnlySpan<byte> plain, Span<byte> repaired, out int written)
    {
        written = 0;
        if (Utf8.IsValid(plain))
        {
            written = plain.Length;
            return plain.TryCopyTo(repaired);
        }

        while (!plain.IsEmpty)
        {
            bool isValid = Rune.DecodeFromUtf8(plain, out Rune rune, out int consumed) == OperationStatus.Done;
            if (!rune.TryEncodeToUtf8(repaired[written..], out int bytes))
            {
                return false;
            }

            // "A byte that is not UTF-8": each for itself, where .NET puts one U+FFFD for the beginning of a sequence.
            written += bytes;
            plain = plain[(isValid ? consumed : 1)..];
        }

        return true;
    }

    /// <summary>Decodes the escape at the beginning.</summary>
    /// <returns>How many bytes it is.</returns>
    private static int Unescape(ReadOnlySpan<byte> escaped, out Rune rune)
    {
        if (escaped[1] != (byte)'u')
        {
            rune = new Rune(escaped[1] switch
            {
                (byte)'b' => '\b',
                (byte)'f' => '\f',
                (byte)'n' => '\n',
                (byte)'r' => '\r',
                (byte)'t' => '\t',
                byte same => (char)same,
            });
            return 2;
        }

        char first = CodeUnit(escaped);
        if (Rune.TryCreate(first, out rune))
        {
            return MaxEscapedBytes;
        }

        ReadOnlySpan<byte> rest = escaped[MaxEscapedBytes..];
        if (rest.StartsWith("\\u"u8) && Rune.TryCreate(first, CodeUnit(rest), out rune))
        {
            return 2 * MaxEscapedBytes;
        }

        rune = Rune.ReplacementChar;
        return MaxEscapedBytes;
    }

    private static char CodeUnit(ReadOnlySpan<byte> escape) =>
        (char)ushort.Parse(escape[2..MaxEscapedBytes], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    /// <returns>Whether the bytes are UTF-8.</returns>
    private static bool TryText(ReadOnlySpan<byte> utf8, out string text)
    {
        bool isAscii = Ascii.IsValid(utf8);
        bool isText = isAscii || Utf8.IsValid(utf8);
        text = isAscii ? Encoding.Latin1.GetString(utf8) : isText ? Encoding.UTF8.GetString(utf8) : "";
        return isText;
    }
}
