namespace Unarr.Agent.Drawing;

/// <summary>Puts ink around a text. The sequences take no column.</summary>
internal static class Inked
{
    private const string Reset = "\e[0m";

    /// <summary>The text with its sequences around it, or as it is where there is no colour.</summary>
    public static string Text(string text, Ink ink, bool coloured) => coloured && ink != Ink.Plain && text.Length > 0
        ? string.Concat(Sequence(ink), text, Reset)
        : text;

    private static string Sequence(Ink ink) => ink switch
    {
        Ink.Dim => "\e[2m",
        Ink.Green => "\e[32m",
        Ink.Yellow => "\e[33m",
        Ink.Red => "\e[31m",
        _ => "",
    };
}
