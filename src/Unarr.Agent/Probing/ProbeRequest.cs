using System.Net.Http.Headers;
using Unarr.Agent.Connecting;

namespace Unarr.Agent.Probing;

/// <summary>What is asked for, beyond the URL. The values of headers may be secrets: they are printed nowhere.</summary>
internal sealed record ProbeRequest
{
    // What is shorter is no secret, and would be found in every text.
    private const int ShortestSecret = 4;

    /// <summary>The key, where one is sent.</summary>
    public string? Key { get; init; }

    /// <summary>Further headers, in order; one that is asked for anyway takes its place.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The method; <see langword="null"/> for GET, or POST with data.</summary>
    public HttpMethod? Method { get; init; }

    /// <summary>The body; <see langword="null"/> for none.</summary>
    public byte[]? Data { get; init; }

    /// <summary>Whether it shows who asks.</summary>
    public bool HasKey => Key is not null
        || Headers.Any(header => header.Key.Equals("Authorization", StringComparison.OrdinalIgnoreCase)
            || header.Key.Equals("Cookie", StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether it is more than a look: then no other address is asked.</summary>
    public bool IsOfOneEndpoint => Method is not null || Data is not null;

    public HttpRequestMessage Message(Uri url)
    {
        var request = new HttpRequestMessage(Method ?? (Data is null ? HttpMethod.Get : HttpMethod.Post), url);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        request.Headers.CacheControl = new CacheControlHeaderValue { NoCache = true };
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("unarr-agent", null));
        request.Headers.Authorization = Key is null ? null : new AuthenticationHeaderValue("Bearer", Key);
        if (Data is not null)
        {
            // As curl has it; --header says otherwise.
            request.Content = new ByteArrayContent(Data);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded");
        }

        foreach (string name in Headers.Select(header => header.Key).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            Of(request, name).Remove(name);
        }

        foreach ((string name, string value) in Headers)
        {
            Of(request, name).TryAddWithoutValidation(name, value);
        }

        return request;
    }

    /// <summary>A peer may send back what it was sent, and the runtime quotes what it cannot parse, a proxy's password with it.</summary>
    public string WithoutSecrets(string text)
    {
        string without = UserInfo.Hidden(text);
        foreach (string secret in Secrets())
        {
            without = without.Replace(secret, "***", StringComparison.Ordinal);
        }

        return without;
    }

    /// <summary>Where a header belongs: some are the body's.</summary>
    private static HttpHeaders Of(HttpRequestMessage request, string name) =>
        name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase)
        ? (request.Content ??= new ByteArrayContent([])).Headers
        : request.Headers;

    private IEnumerable<string> Secrets()
    {
        // Of "Bearer abc" the last word is the secret, whatever comes before it.
        IEnumerable<string> values = Headers.SelectMany(header => (string[])[header.Value, header.Value.Split(' ')[^1]]);
        return (Key is null ? values : values.Append(Key))
            .Where(value => value.Length >= ShortestSecret)
            .OrderByDescending(value => value.Length);
    }
}
