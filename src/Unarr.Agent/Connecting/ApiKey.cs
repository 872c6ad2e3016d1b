namespace Unarr.Agent.Connecting;

/// <summary>What an API key must look like. Nothing here ever puts one into a text.</summary>
internal static class ApiKey
{
    /// <summary>The environment variable that may hold it.</summary>
    public const string Variable = "UNARR_API_KEY";

    public const string Expected = "one line of visible ASCII characters";

    /// <summary>Takes the white space off, and tells whether what is left can be a key.</summary>
    public static bool TryParse(string text, out string key)
    {
        key = text.Trim();
        return key.Length > 0 && !key.AsSpan().ContainsAnyExceptInRange('!', '~');
    }
}
