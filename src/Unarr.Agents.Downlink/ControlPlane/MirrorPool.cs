namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>The base URLs under which one control plane can be reached, in order of preference, and the one in use.</summary>
/// <remarks>
/// Thread-safe. A URL keeps its path: endpoints are put behind it. The event stream has a position of its own in the pool, so that a
/// stream that does not get through moves no request that does.
/// </remarks>
internal sealed class MirrorPool
{
    private readonly bool _allowInsecureHttp;
    private Uri[] _mirrors;

    /// <summary>Makes a pool; the first URL is the primary and the one in use.</summary>
    /// <param name="urls">
    /// Absolute <c>https</c> URLs (<c>http</c> to loopback). White space around them and trailing slashes are dropped; empty ones
    /// and repetitions are skipped.
    /// </param>
    /// <param name="allowInsecureHttp">Whether <c>http</c> may go to hosts other than loopback,
    /// where everybody on the way can read the key.</param>
    /// <param name="timeProvider">Where time comes from: after 10 minutes on another mirror the primary is tried first again. Default:
    /// the system's clock.</param>
    /// <exception cref="ArgumentException">No URL is left, or one is not absolute, not http(s), insecure, or carries a user name, query or
    /// fragment. The message says which, without user name and password.</exception>
    public MirrorPool(IEnumerable<string> urls, bool allowInsecureHttp = false, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(urls);
        _allowInsecureHttp = allowInsecureHttp;
        TimeProvider = timeProvider ?? TimeProvider.System;
        _mirrors = Parse(urls, allowInsecureHttp);
        Requests = new MirrorCursor(this);
        Streams = new MirrorCursor(this);
    }

    /// <summary>The mirror in use for polls and syncs.</summary>
    public Uri Current => Requests.Current;

    /// <summary>All mirrors, in order of preference.</summary>
    public IReadOnlyList<Uri> Mirrors => Volatile.Read(ref _mirrors);

    internal TimeProvider TimeProvider { get; }

    /// <summary>Where polls and syncs are.</summary>
    internal MirrorCursor Requests { get; }

    /// <summary>Where the event stream is.</summary>
    internal MirrorCursor Streams { get; }

    /// <summary>Moves polls and syncs on from a mirror that failed, round robin.</summary>
    /// <param name="failed">The mirror that failed; when they are no longer on it,
    /// somebody else has moved on already and they stay.</param>
    /// <returns>The mirror in use from now on.</returns>
    public Uri Rotate(Uri failed) => Requests.Rotate(failed);

    /// <summary>Replaces the mirrors. The pool stays on the one in use if it is among the new ones,
    /// else it moves to the new primary.</summary>
    /// <param name="urls">The new URLs, under the same rules as at the start.</param>
    /// <exception cref="ArgumentException">As at the start; the pool is unchanged then.</exception>
    public void Replace(IEnumerable<string> urls)
    {
        ArgumentNullException.ThrowIfNull(urls);
        Volatile.Write(ref _mirrors, Parse(urls, _allowInsecureHttp));
    }

    /// <summary>The URLs as they were written.</summary>
    public static IEnumerable<string> Texts(IEnumerable<Uri> servers) => servers.Select(server => server?.OriginalString ?? "");

    /// <summary>Checks URLs as the constructor does.</summary>
    /// <exception cref="ArgumentException">As at the start.</exception>
    public static Uri[] Parse(IEnumerable<string> urls, bool allowInsecureHttp)
    {
        var mirrors = new List<Uri>();
        foreach (string url in urls)
        {
            // A configuration file may well hold a null among them: it is an empty one.
            string? trimmed = url?.Trim().TrimEnd('/');
            if (string.IsNullOrEmpty(trimmed))
            {
                continue;
            }

            Uri mirror = ParseOne(trimmed, allowInsecureHttp);
            if (!mirrors.Contains(mirror))
            {
                mirrors.Add(mirror);
            }
        }

        return mirrors.Count > 0 ? [.. mirrors] : throw new ArgumentException("At least one control plane URL is needed.", nameof(urls));
    }

    private static Uri ParseOne(string url, bool allowInsecureHttp)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp))
        {
            // What cannot be parsed may hold a password or a token: it is told only where it cannot.
            string shown = url.AsSpan().ContainsAny('@', '?', '#') ? "The URL" : $"'{url}'";
            throw new ArgumentException($"{shown} is not an absolute http or https URL.", nameof(url));
        }

        string address = uri.GetLeftPart(UriPartial.Path);
        if (uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            string host = uri.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
            throw new ArgumentException($"The URL of '{host}' must not carry a user name, a query or a fragment.", nameof(url));
        }

        if (uri.Scheme == Uri.UriSchemeHttp && !uri.IsLoopback && !allowInsecureHttp)
        {
            throw new ArgumentException(
                $"'{address}' is plain http to a host that is not loopback: use https, or allow insecure http.", nameof(url));
        }

        return uri;
    }
}
