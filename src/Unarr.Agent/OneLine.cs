namespace Unarr.Agent;

/// <summary>Text that a peer, a file or an exception brought, made fit for one line on a terminal.</summary>
internal static class OneLine
{
    /// <summary>The text with a blank for each control character: no line ends, and no escape sequences.</summary>
    public static string Of(string text) => text.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0
        ? text
        : string.Create(text.Length, text, static (line, from) =>
        {
            for (int at = 0; at < line.Length; at++)
            {
                line[at] = char.IsControl(from[at]) ? ' ' : from[at];
            }
        });
}
