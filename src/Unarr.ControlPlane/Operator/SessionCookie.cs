namespace Unarr.ControlPlane.Operator;

/// <summary>The cookie that carries a session's token: an <c>EventSource</c> cannot send a key in a header.</summary>
internal static class SessionCookie
{
    public const string Name = "unarr-operator";

    public static string? Of(HttpContext context) => context.Request.Cookies[Name];

    public static void Set(HttpContext context, string token) => context.Response.Cookies.Append(Name, token, Options(context, OperatorSessions.Lifetime));

    public static void Clear(HttpContext context) => context.Response.Cookies.Delete(Name, Options(context, null));

    private static CookieOptions Options(HttpContext context, TimeSpan? maxAge) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = IsHttps(context.Request),
        Path = "/api/operator",
        MaxAge = maxAge,
        IsEssential = true,
    };

    // What a proxy in front says is believed here: at worst somebody's own cookie is sent back over https only.
    private static bool IsHttps(HttpRequest request) =>
        request.IsHttps || string.Equals(request.Headers["X-Forwarded-Proto"], Uri.UriSchemeHttps, StringComparison.OrdinalIgnoreCase);
}
