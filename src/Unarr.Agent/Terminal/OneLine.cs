using System.Buffers;

namespace Unarr.Agent.Terminal;

/// <summary>Makes text from a peer, a file or an exception fit for one line on a terminal.</summary>
internal static class OneLine
{
    // C0 and C1 controls, line and paragraph separator, and what turns the direction of the text after it (Unicode's Bidi_Control).
    private static readonly SearchValues<char> Unsafe = SearchValues.Create(
    [
        .. Enumerable.Range(0, 0xA0).Select(code => (char)code).Where(char.IsControl),
        '\u061C', '\u200E', '\u200F', '\u2028', '\u2029', '\u202A', '\u202B', '\u202C', '\u202D', '\u202E', '\u2066', '\u2067', '\u2068',
        '\u2069',
    ]);

    /// <summary>Returns the text with a blank for each character that ends a line,
    /// begins an escape sequence or turns the text's direction.</summary>
    public static string Of(string text) => !text.AsSpan().ContainsAny(Unsafe)
        ? text
        : string.Create(text.Length, text, static (line, from) => from.AsSpan().ReplaceAny(line, Unsafe, ' '));
}
