using System.Globalization;
using System.Text;
using Unarr.Agent.Terminal;

namespace Unarr.Agent.Drawing;

/// <summary>Text by the columns that a terminal needs for it.</summary>
internal static class TextColumns
{
    // The blocks that terminals draw over two columns (Unicode's East Asian Width W and F), their narrow gaps with them.
    private static readonly (int First, int Last)[] Wide =
    [
        (0x1100, 0x115F), (0x2E80, 0x303E), (0x3041, 0xA4CF), (0xA960, 0xA97C), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFE30, 0xFE6F),
        (0xFF00, 0xFF60), (0xFFE0, 0xFFE6), (0x16FE0, 0x1B2FF), (0x1F300, 0x1F64F), (0x1F680, 0x1F6FF), (0x1F900, 0x1FAFF),
        (0x20000, 0x3FFFD),
    ];

    /// <summary>How many columns the text needs.</summary>
    public static int Of(string text)
    {
        int columns = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            columns += Of(rune);
        }

        return columns;
    }

    /// <summary>One line of at most that many columns, whatever a peer has sent; what is cut off leaves an ellipsis.</summary>
    public static string Cut(string text, int columns)
    {
        string line = OneLine.Of(text);
        return Of(line) <= columns ? line : string.Concat(line.AsSpan(0, Fitting(line, columns - 1)), "…");
    }

    /// <summary>The text in lines of at most that many columns, parted at blanks where there are such. At least one line.</summary>
    public static IReadOnlyList<string> Wrap(string text, int columns)
    {
        string left = OneLine.Of(text);
        List<string> lines = [];
        while (Of(left) > columns)
        {
            int fitting = Math.Max(Fitting(left, columns), FirstLength(left));
            int end = fitting < left.Length && left[fitting] == ' ' ? fitting : left.LastIndexOf(' ', fitting - 1);
            end = end > 0 ? end : fitting;
            lines.Add(left[..end].TrimEnd(' '));
            left = left[end..].TrimStart(' ');
        }

        lines.Add(left);
        return lines;
    }

    /// <summary>How many characters of the text fit into that many columns.</summary>
    private static int Fitting(string text, int columns)
    {
        int length = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            columns -= Of(rune);
            if (columns < 0)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return Math.Min(length, text.Length);
    }

    private static int FirstLength(string text) => char.IsSurrogatePair(text, 0) ? 2 : 1;

    private static int Of(Rune rune) => rune switch
    {
        { IsAscii: true } => 1,
        _ when Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format => 0,
        _ => Array.Exists(Wide, block => rune.Value >= block.First && rune.Value <= block.Last) ? 2 : 1,
    };
}
