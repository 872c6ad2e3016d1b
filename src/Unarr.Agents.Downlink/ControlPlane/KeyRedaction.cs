namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>A hostile server may send the key back: it goes into no message, nor does the part of it that a bound left.</summary>
internal static class KeyRedaction
{
    private const int Telling = 4;

    /// <summary>The text without the key; an empty key is in no text.</summary>
    public static string Redacted(string text, string? key)
    {
        if (string.IsNullOrEmpty(key))
        {
            return text;
        }

        text = text.Replace(key, "***", StringComparison.OrdinalIgnoreCase);
        for (int length = key.Length - 1; length >= Telling; length--)
        {
            if (text.AsSpan().EndsWith(key.AsSpan(0, length), StringComparison.OrdinalIgnoreCase))
            {
                return $"{text.AsSpan(0, text.Length - length)}***";
            }
        }

        return text;
    }
}
