using System.Globalization;
using System.Text;

namespace Unarr.Agents.Hub.Lines;

/// <summary>Makes a text fit for a line that people read: nothing in it moves a cursor, ends the line or turns what follows.</summary>
internal static class Printable
{
    /// <summary>A peer's text for a log line: at most <see cref="Shorten.MaxCharacters"/> characters are taken,
    /// and all of them are visible.</summary>
    public static string Text(string? text) => Line(Shorten.Text(text));

    /// <summary>Replaces each line break by a space and escapes all else that is not visible: <c>\u001b</c>.</summary>
    public static string Line(string text)
    {
        int first = text.AsSpan().IndexOfAnyExceptInRange(' ', '~');
        if (first < 0)
        {
            return text;
        }

        StringBuilder line = new(text.Length + 16);
        line.Append(text, 0, first);
        for (int i = first; i < text.Length;)
        {
            bool isRune = Rune.TryGetRuneAt(text, i, out Rune rune);
            int length = isRune ? rune.Utf16SequenceLength : 1;
            if (text[i] is '\r' or '\n')
            {
                line.Append(' ');
            }
            else if (isRune && IsVisible(rune))
            {
                line.Append(text, i, length);
            }
            else
            {
                line.Append(isRune && !rune.IsBmp ? $"\\U{rune.Value:x8}" : $"\\u{(int)text[i]:x4}");
            }

            i += length;
        }

        return line.ToString();
    }

    // C0 and C1 controls, bidirectional overrides and other formats, U+2028 and U+2029, and what is not assigned.
    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
