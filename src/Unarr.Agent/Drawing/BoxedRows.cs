using Unarr.Agent.Terminal;

namespace Unarr.Agent.Drawing;

/// <summary>Rows of a name and a text in a box, as wide as its content and at most as wide as it may be.</summary>
internal sealed class BoxedRows(int width, bool coloured)
{
    // "│ name │ text │" beside name and text.
    private const int Frame = 7;
    private const int NarrowestText = 8;

    private readonly List<(string Name, string Text, Ink Ink)> _rows = [];

    /// <summary>Adds a row; control characters become blanks.</summary>
    public void Add(string name, string text, Ink ink = Ink.Plain) => _rows.Add((OneLine.Of(name), text, ink));

    public void WriteTo(TextWriter output)
    {
        int names = _rows.Max(row => TextColumns.Of(row.Name));
        int texts = Math.Max(NarrowestText, width - names - Frame);
        IReadOnlyList<string>[] wrapped = [.. _rows.Select(row => TextColumns.Wrap(row.Text, texts))];
        texts = wrapped.Max(lines => lines.Max(TextColumns.Of));

        Edge('╭', '┬', '╮');
        foreach (((string name, _, Ink ink), IReadOnlyList<string> lines) in _rows.Zip(wrapped))
        {
            for (int index = 0; index < lines.Count; index++)
            {
                output.WriteLine($"│ {Cell(index == 0 ? name : "", names, Ink.Dim)} │ {Cell(lines[index], texts, ink)} │");
            }
        }

        Edge('╰', '┴', '╯');

        void Edge(char left, char middle, char right) =>
            output.WriteLine($"{left}{new string('─', names + 2)}{middle}{new string('─', texts + 2)}{right}");
    }

    private string Cell(string text, int columns, Ink ink) =>
        $"{Inked.Text(text, ink, coloured)}{new string(' ', Math.Max(0, columns - TextColumns.Of(text)))}";
}
