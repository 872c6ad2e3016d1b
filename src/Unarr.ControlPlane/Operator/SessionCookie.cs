namespace Unarr.ControlPlane.Operator;

/// <summary>The cookie that carries a session's token: an <c>EventSource</c> cannot send a key in a header.</summary>
internal static class SessionCookie
{
    public const string Name = "unarr-operator";

    public static string? Of(HttpContext context) => context.Request.Cookies[Name];

    public static void Set(HttpContext context, string token) =>
        context.Response.Cookies.Append(Name, token, Options(context, OperatorSessions.Lifetime));

    public static void Clear(HttpContext context) => context.Response.Cookies.Delete(Name, Options(context, null));

    private static CookieOptions Options(HttpContext context, TimeSpan? maxAge) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = IsHttps(context.Request),
        // Without a path the browser takes the folder of the address that it asked: "/api/operator", under whatever path a proxy serves it.
        Path = null,
        MaxAge = maxAge,
        IsEssential = true,
    };

    // What a proxy in front says is believed here: at worst somebody's own cookie is sent back over https only.
    private static bool IsHttps(HttpRequest request) =>
        request.IsHttps || FirstForwardedScheme(request).Equals(Uri.UriSchemeHttps, StringComparison.OrdinalIgnoreCase);

    // Each proxy on the way may append its own scheme. The first of them is the browser's.
    private static ReadOnlySpan<char> FirstForwardedScheme(HttpRequest request)
    {
        ReadOnlySpan<char> all = request.Headers["X-Forwarded-Proto"] is [{ } first, ..] ? first : "";
        int comma = all.IndexOf(',');
        return (comma < 0 ? all : all[..comma]).Trim().Trim('"');
    }
}
