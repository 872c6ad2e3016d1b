namespace Unarr.EndToEnd.Tests.Hostile;

/// <summary>A request as a hostile server saw it.</summary>
internal sealed record HostileRequest(string Method, string Path, string Head, string Body)
{
    /// <summary>The endpoint, the path's last part: <c>events</c>, <c>wake</c> or <c>sync</c>.</summary>
    public string Endpoint => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>The value of a header; <see langword="null"/> when it was not sent.</summary>
    public string? Header(string name) => Head.Split("\r\n")
        .FirstOrDefault(line => line.StartsWith($"{name}:", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();
}
