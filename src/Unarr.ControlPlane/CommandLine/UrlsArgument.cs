using System.CommandLine;

namespace Unarr.ControlPlane.CommandLine;

/// <summary>The addresses to listen on: <c>http://127.0.0.1:8080;http://[::1]:8080</c>.</summary>
internal static class UrlsArgument
{
    public static Option<string?> Option(string name, string @default)
    {
        Option<string?> option = new(name)
        {
            Description = "Where to listen: http URLs, separated by ; (port 0 takes a free port); https ones with --certificate. "
                + $"[default: {@default}]",
            HelpName = "URLS",
        };
        option.Validators.Add(result =>
        {
            string urls = result.GetValueOrDefault<string?>() ?? "";
            if (Split(urls) is not { Length: > 0 } all || !all.All(IsUsable))
            {
                result.AddError($"{name}: '{urls}' is not an address such as {@default}.");
            }
        });
        return option;
    }

    public static string[] Split(string urls) =>
        urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public static bool IsHttps(string url) => url.StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    // "http://*:80" and "http://+:80", every address of the machine, are no URIs but are the server's own way to say it.
    private static bool IsUsable(string url) =>
        Uri.TryCreate(url.Replace("//*", "//any", StringComparison.Ordinal).Replace("//+", "//any", StringComparison.Ordinal),
            UriKind.Absolute, out Uri? uri)
        && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
        && uri is { UserInfo: "", PathAndQuery: "/" };
}
