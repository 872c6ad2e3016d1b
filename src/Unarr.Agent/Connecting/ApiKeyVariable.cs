namespace Unarr.Agent.Connecting;

/// <summary>The environment variable that may hold the API key.</summary>
internal static class ApiKeyVariable
{
    public const string Name = "UNARR_API_KEY";
}
