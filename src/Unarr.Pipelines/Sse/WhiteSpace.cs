using System.Runtime.CompilerServices;

namespace Unarr.Pipelines.Sse;

/// <summary>Unicode White_Space at the edges of a value, read as UTF-8.</summary>
/// <remarks>
/// A white-space character's encoding begins with a lead byte and a lead byte is part of no other character, so comparing the
/// bytes at an edge with the encodings is exact; anything else, invalid bytes too, ends the trimming.
/// </remarks>
internal static class WhiteSpace
{
    /// <summary>Moves <paramref name="start"/> and <paramref name="end"/> inwards past white space.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Trim(ReadOnlySpan<byte> bytes, ref int start, ref int end)
    {
        // The common value: one blank in front, printable ASCII at both edges.
        if (start < end && bytes[start] == ' ')
        {
            start++;
        }

        if (start < end && IsPrintable(bytes[start]) && IsPrintable(bytes[end - 1]))
        {
            return;
        }

        TrimSlow(bytes, ref start, ref end);
    }

    /// <summary>Whether a byte is printable ASCII, which is never trimmed and ends the trimming.</summary>
    public static bool IsPrintable(byte value) => value - 0x21u < 0x5E;

    /// <summary>Whether trimming would take anything off these bytes.</summary>
    public static bool IsAtEdge(ReadOnlySpan<byte> bytes) => Leading(bytes) > 0 || Trailing(bytes) > 0;

    private static void TrimSlow(ReadOnlySpan<byte> bytes, ref int start, ref int end)
    {
        int length;
        while ((length = Leading(bytes[start..end])) > 0)
        {
            start += length;
        }

        while ((length = Trailing(bytes[start..end])) > 0)
        {
            end -= length;
        }
    }

    private static int Leading(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [(>= 0x09 and <= 0x0D) or 0x20, ..] => 1,
        [0xC2, 0x85 or 0xA0, ..] => 2,
        [0xE1 or 0xE2 or 0xE3, _, _, ..] => IsThreeBytes(bytes[..3]) ? 3 : 0,
        _ => 0,
    };

    private static int Trailing(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [.., (>= 0x09 and <= 0x0D) or 0x20] => 1,
        [.., 0xC2, 0x85 or 0xA0] => 2,
        [.., 0xE1 or 0xE2 or 0xE3, _, _] => IsThreeBytes(bytes[^3..]) ? 3 : 0,
        _ => 0,
    };

    private static bool IsThreeBytes(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [0xE1, 0x9A, 0x80] => true, // U+1680
        [0xE2, 0x80, (>= 0x80 and <= 0x8A) or 0xA8 or 0xA9 or 0xAF] => true, // U+2000–U+200A, U+2028, U+2029, U+202F
        [0xE2, 0x81, 0x9F] => true, // U+205F
        [0xE3, 0x80, 0x80] => true, // U+3000
        _ => false,
    };
}
