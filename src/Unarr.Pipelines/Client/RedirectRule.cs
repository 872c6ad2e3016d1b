namespace Unarr.Pipelines.Sse;

/// <summary>Decides where a redirect leads, and what of the request goes there.</summary>
internal static class RedirectRule
{
    /// <summary>Returns the address that a redirect names; <see langword="null"/> when it names none.</summary>
    /// <param name="from">The address that was asked.</param>
    /// <param name="locations">The fields of <c>Location</c>.</param>
    public static Uri? Target(Uri from, IEnumerable<string> locations)
    {
        string location = locations.FirstOrDefault("").Trim();
        return location.Length > 0 && Uri.TryCreate(from, location, out Uri? target)
            && (target.Scheme == Uri.UriSchemeHttp || target.Scheme == Uri.UriSchemeHttps) ? target : null;
    }

    /// <summary>Whether two addresses are of one origin: scheme, host and port.</summary>
    public static bool IsSameOrigin(Uri one, Uri other) =>
        Uri.Compare(one, other, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;

    /// <summary>"301, 302, 303 turn a POST into a GET; 307, 308 keep method and body." Fetch: 303 turns every method but HEAD into a
    /// GET.</summary>
    public static bool BecomesGet(int status, HttpMethod method) => status switch
    {
        301 or 302 => method == HttpMethod.Post,
        303 => method != HttpMethod.Get && method != HttpMethod.Head,
        _ => false,
    };
}
