namespace Unarr.Pipelines.Tests.Client;

/// <summary>A request as a server saw it.</summary>
internal sealed record SeenRequest(string Method, string Uri, Dictionary<string, string> Headers, string Body)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name);

    public static async Task<SeenRequest> OfAsync(HttpRequestMessage request) => new(
        request.Method.Method,
        request.RequestUri!.ToString(),
        request.Headers.NonValidated.ToDictionary(
            header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase),
        request.Content is { } content ? await content.ReadAsStringAsync() : "");
}
