namespace Unarr.Pipelines.Hosting;

/// <summary>A client that was added, by its name.</summary>
/// <param name="name">The name.</param>
/// <param name="keys">What stands before the key of an option in a message.</param>
internal sealed class SseClientRegistration(string name, string keys)
{
    public string Name => name;

    public string Keys => keys;

    /// <summary>The name of its HTTP client, which no other package uses.</summary>
    public string HttpClientName => $"Unarr.Pipelines.Sse:{name}";
}
