namespace Unarr.ControlPlane.Operator;

/// <summary>The cookie that carries a session's token: an <c>EventSource</c> cannot send a key in a header.</summary>
/// <remarks>Over https it has a name that no other host and no plain http can set (RFC 6265bis, "__Host-"), and only that name
/// counts.</remarks>
internal static class SessionCookie
{
    public const string Name = "unarr-operator";
    public const string SecureName = "__Host-unarr-operator";

    public static string? Of(HttpContext context) => context.Request.Cookies[NameFor(context)];

    public static void Set(HttpContext context, string token) =>
        context.Response.Cookies.Append(NameFor(context), token, Options(context, OperatorSessions.Lifetime));

    public static void Clear(HttpContext context) => context.Response.Cookies.Delete(NameFor(context), Options(context, null));

    private static string NameFor(HttpContext context) => context.Request.IsHttps ? SecureName : Name;

    private static CookieOptions Options(HttpContext context, TimeSpan? maxAge) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = context.Request.IsHttps,
        // "If a cookie's name begins with "__Host-", then the cookie will have been set with … a "Path" attribute with a value of "/"."
        // Without a path the browser takes the folder of the address that it asked: "/api/operator", under whatever path a proxy serves it.
        Path = context.Request.IsHttps ? "/" : null,
        MaxAge = maxAge,
        IsEssential = true,
    };
}
