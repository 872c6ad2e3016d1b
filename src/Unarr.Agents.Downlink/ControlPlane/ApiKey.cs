namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>What an API key must look like. Nothing here ever puts one into a text.</summary>
internal static class ApiKey
{
    public const string Expected = "one line of visible ASCII characters";

    /// <summary>Takes the white space off, and returns whether what is left can be a key.</summary>
    public static bool TryParse(string? text, out string key)
    {
        key = (text ?? "").Trim();
        return key.Length > 0 && !key.AsSpan().ContainsAnyExceptInRange('!', '~');
    }
}
