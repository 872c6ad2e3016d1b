namespace Unarr.Agents.Hub.Lines;

/// <summary>Bounds what is kept of a peer's texts.</summary>
internal static class Shorten
{
    public const int MaxCharacters = 256;

    public static string Text(string? text) => text switch
    {
        null => "",
        { Length: <= MaxCharacters } => text,
        _ => string.Concat(text.AsSpan(0, MaxCharacters - 1), "…"),
    };
}
