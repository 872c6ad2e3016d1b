namespace Unarr.Pipelines.Hosting;

/// <summary>The address of a named client, as it was configured.</summary>
internal sealed class SseClientAddress
{
    public string? Text { get; set; }

    /// <summary>The address; <see langword="null"/> when there is none.</summary>
    public Uri? Uri => Text is { Length: > 0 } text && IsGood(text) ? new Uri(text) : null;

    public static bool IsGood(string text) => Uri.TryCreate(text, UriKind.Absolute, out Uri? uri)
        && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps);
}
