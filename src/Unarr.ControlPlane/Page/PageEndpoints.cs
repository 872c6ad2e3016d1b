using System.Reflection;
using System.Security.Cryptography;

namespace Unarr.ControlPlane.Page;

/// <summary>Serves the operator page: every file of the folder Page, which the program contains.</summary>
internal static class PageEndpoints
{
    // Nothing is loaded from elsewhere, nothing inline runs, no text becomes markup, and no other page may frame this one.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    private const string Folder = "Page/";

    private static readonly string[] ReadMethods = [HttpMethods.Get, HttpMethods.Head];

    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (string file in Files())
        {
            byte[] content = Load(file);
            string contentType = ContentTypeOf(file);
            string tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 8))}\"";
            string path = file == "index.html" ? "/" : $"/{file}";
            routes.MapMethods(path, ReadMethods, context => WriteAsync(context, content, contentType, tag));
        }
    }

    private static IEnumerable<string> Files() =>
        Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .Select(name => name[Folder.Length..]);

    private static string ContentTypeOf(string file) => Path.GetExtension(file) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => throw new InvalidOperationException($"The page's file '{file}' has no content type."),
    };

    private static Task WriteAsync(HttpContext context, byte[] content, string contentType, string tag)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-cache";
        headers.ETag = tag;
        if (context.Request.Headers.IfNoneMatch is [{ } known] && known == tag)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        context.Response.ContentType = contentType;
        context.Response.ContentLength = content.Length;
        return context.Response.Body.WriteAsync(content, context.RequestAborted).AsTask();
    }

    private static byte[] Load(string file)
    {
        using Stream resource = Assembly.GetExecutingAssembly().GetManifestResourceStream(Folder + file)
            ?? throw new InvalidOperationException($"The page's file '{file}' is not in the program.");
        using MemoryStream content = new();
        resource.CopyTo(content);
        return content.ToArray();
    }
}
