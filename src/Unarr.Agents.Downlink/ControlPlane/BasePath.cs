namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>Checks paths that are put behind a server's URL: what is checked here is sent as it is written.</summary>
internal static class BasePath
{
    /// <summary>What is wrong with a base path, as the end of a sentence; <see langword="null"/> when nothing is.</summary>
    public static string? Problem(string? path) => path is null || !path.StartsWith('/') || !IsPlain(path)
        ? "must be a path that begins with '/' and has no query, no fragment, no empty segment and none that is '.' or '..'"
        : null;

    /// <summary>Whether a path names what it seems to: no part of it is rewritten or left out when it is sent.</summary>
    public static bool IsPlain(string path)
    {
        string rooted = path.StartsWith('/') ? path : $"/{path}";
        return !rooted.AsSpan().ContainsAnyExceptInRange('!', '~')
            && !rooted.Contains("//", StringComparison.Ordinal)
            && Uri.TryCreate($"https://host{rooted}", UriKind.Absolute, out Uri? uri)
            && uri.GetComponents(UriComponents.PathAndQuery | UriComponents.Fragment, UriFormat.UriEscaped) == rooted
            && uri.AbsolutePath == rooted;
    }
}
