using System.Text;

namespace Unarr.Agents.Hub.Agents;

/// <summary>What an agent's id may be.</summary>
internal static class AgentId
{
    /// <summary>How many bytes it may be in UTF-8.</summary>
    public const int MaxBytes = 256;

    /// <summary>Whether it is text without control characters, not empty and not too long.</summary>
    public static bool IsUsable(string? id) =>
        id is { Length: > 0 and <= MaxBytes } && !id.Any(char.IsControl) && IsText(id) && Encoding.UTF8.GetByteCount(id) <= MaxBytes;

    private static bool IsText(string id)
    {
        foreach (Rune rune in id.EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar)
            {
                return false;
            }
        }

        return true;
    }
}
