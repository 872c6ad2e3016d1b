using System.Globalization;
using System.Text;

namespace Unarr.Agents.Hub.Nats;

/// <summary>Writes agents' ids as keys: every byte outside of <c>[A-Za-z0-9_-]</c> as <c>=XX</c>.</summary>
internal static class AgentKey
{
    public static string Of(string agentId)
    {
        if (agentId.All(IsPlain))
        {
            return agentId;
        }

        StringBuilder key = new();
        foreach (byte value in Encoding.UTF8.GetBytes(agentId))
        {
            _ = IsPlain((char)value)
                ? key.Append((char)value)
                : key.Append('=').Append(value.ToString("X2", CultureInfo.InvariantCulture));
        }

        return key.ToString();
    }

    /// <returns>The id; <see langword="null"/> when the key is not one that <see cref="Of"/> writes.</returns>
    public static string? Read(ReadOnlySpan<char> key)
    {
        if (!key.Contains('='))
        {
            return key.Length == 0 || key.ContainsAnyExcept(Plain) ? null : key.ToString();
        }

        List<byte> bytes = [];
        for (int i = 0; i < key.Length; i++)
        {
            if (IsPlain(key[i]))
            {
                bytes.Add((byte)key[i]);
            }
            else if (key[i] == '=' && i + 2 < key.Length && byte.TryParse(
                key.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
            {
                bytes.Add(value);
                i += 2;
            }
            else
            {
                return null;
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static readonly System.Buffers.SearchValues<char> Plain =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-';
}
