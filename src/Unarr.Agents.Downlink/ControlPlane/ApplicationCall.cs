using System.Net.Http.Headers;

namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>An exchange of the application's own.</summary>
/// <param name="Method">How it asks.</param>
/// <param name="Path">Behind the base path; behind the mirror's own where it begins with a slash.</param>
/// <param name="Json">The request's body; <see langword="null"/> for none.</param>
/// <param name="Timeout">How long all of it may take.</param>
/// <param name="MaxAnswerBytes">How much of the answer is read.</param>
internal sealed record ApplicationCall(HttpMethod Method, string Path, byte[]? Json, TimeSpan Timeout, int MaxAnswerBytes)
{
    /// <summary>Makes the request, anew for each try.</summary>
    public HttpRequestMessage Request(Uri target) => new(Method, target)
    {
        Headers = { Accept = { new MediaTypeWithQualityHeaderValue("application/json") } },
        Content = Json is null ? null
            : new ByteArrayContent(Json) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
    };
}
