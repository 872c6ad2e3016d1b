extern alias UnarrAgent;

using FsCheck;
using FsCheck.Xunit;
using UnarrAgent::Unarr.Agent.Drawing;

namespace Unarr.EndToEnd.Tests.Agent.Drawing;

public class TextColumnsTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("abc", 3)]
    [InlineData("é", 1)]
    [InlineData("e\u0301", 1)]
    [InlineData("日本", 4)]
    [InlineData("😀", 2)]
    public void Text_needs_columns(string text, int columns) => Assert.Equal(columns, TextColumns.Of(text));

    [Theory]
    [InlineData("abcdef", 6, "abcdef")]
    [InlineData("abcdef", 5, "abcd…")]
    [InlineData("日本語", 5, "日本…")]
    [InlineData("日本語", 4, "日…")]
    [InlineData("abc", 1, "…")]
    public void Text_that_is_too_long_is_cut(string text, int columns, string cut) => Assert.Equal(cut, TextColumns.Cut(text, columns));

    [Theory]
    [InlineData("", new[] { "" })]
    [InlineData("one two three", new[] { "one two", "three" })]
    [InlineData("onetwothree", new[] { "onetwothr", "ee" })]
    [InlineData("one\ntwo", new[] { "one two" })]
    [InlineData("日本語日本語", new[] { "日本語日", "本語" })]
    public void Text_is_wrapped_at_blanks_where_there_are_such(string text, string[] lines) =>
        Assert.Equal(lines, TextColumns.Wrap(text, 9));

    [Property]
    public bool Wrapped_text_fits_and_keeps_all_but_blanks(NonNull<string> text, PositiveInt columns)
    {
        int width = 2 + (columns.Get % 100);
        IReadOnlyList<string> lines = TextColumns.Wrap(text.Get, width);
        return lines.All(line => TextColumns.Of(line) <= width)
            && Solid(string.Concat(lines)) == Solid(UnarrAgent::Unarr.Agent.Terminal.OneLine.Of(text.Get));
    }

    [Fact]
    public void Box_is_as_wide_as_its_content_and_no_wider_than_it_may_be()
    {
        Assert.Equal(
            """
            ╭─────────┬─────────────╮
            │ verdict │ streams     │
            │ cause   │ Every event │
            │         │ came 日本   │
            │         │ [2J         │
            ╰─────────┴─────────────╯

            """,
            Boxed(25, coloured: false));
        Assert.Contains("│ \e[2mverdict\e[0m │ \e[32mstreams\e[0m     │\n", Boxed(25, coloured: true), StringComparison.Ordinal);
        Assert.All(Boxed(24, coloured: false).TrimEnd('\n').Split('\n'), line => Assert.Equal(24, TextColumns.Of(line)));
    }

    private static string Boxed(int width, bool coloured)
    {
        BoxedRows rows = new(width, coloured);
        rows.Add("verdict", "streams", Ink.Green);
        rows.Add("cause", "Every event came 日本\e[2J");
        StringWriter written = new() { NewLine = "\n" };
        rows.WriteTo(written);
        return written.ToString();
    }

    private static string Solid(string text) => text.Replace(" ", "", StringComparison.Ordinal);
}
