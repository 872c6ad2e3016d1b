using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Unarr.Pipelines.Sse;

/// <summary>Whether a response is an event stream, and why not.</summary>
internal static class EventStreamResponse
{
    private const int MaxBodyBytes = 1024;

    private static readonly TimeSpan BodyTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Returns why a response is not an event stream; <see langword="null"/> when it is one.</summary>
    public static ValueTask<SseException?> FailureOfAsync(
        HttpResponseMessage response, TimeProvider timeProvider, CancellationToken cancellationToken) =>
        FailureOfAsync(
            response, WithoutCredentials(response.RequestMessage?.RequestUri), static text => text, timeProvider, cancellationToken);

    /// <summary>Returns why a response is not an event stream; <see langword="null"/> when it is one.</summary>
    /// <param name="response">The response.</param>
    /// <param name="uri">The address to show.</param>
    /// <param name="redact">Takes out of the body's text what is not to be shown.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="cancellationToken">Ends the wait for the body.</param>
    public static async ValueTask<SseException?> FailureOfAsync(
        HttpResponseMessage response, Uri? uri, Func<string, string> redact, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        HeaderStringValues types = Fields(response.Content.Headers, "Content-Type");
        string? coding = ContentCoding.Of(Fields(response.Content.Headers, "Content-Encoding"));
        SseError error = response.StatusCode != HttpStatusCode.OK ? SseError.Status : SseError.MediaType;
        if (error == SseError.MediaType && coding is null && EventStreamType.IsNamedBy(types))
        {
            return null;
        }

        (string? body, Exception? cut) =
            coding is null ? await ReadBodyAsync(response.Content, timeProvider, cancellationToken).ConfigureAwait(false) : (null, null);
        body = body is null ? null : redact(body);
        string said = error == SseError.Status
            ? $"status {(int)response.StatusCode} {OneLine(redact(response.ReasonPhrase ?? ""))}".TrimEnd()
            : coding is not null ? $"a body with content encoding '{coding}', which was not decoded"
            : EventStreamType.Shown(types) is { Length: > 0 } type ? $"a body of type '{type}', not an event stream"
            : "a body without a media type, not an event stream";
        string text = string.IsNullOrWhiteSpace(body) ? "." : $": {OneLine(body.Trim())}";
        return new SseException(error, $"{uri?.ToString() ?? "The server"} answered with {said}{text}", cut)
        {
            StatusCode = response.StatusCode,
            Uri = uri,
            ResponseBody = body,
        };
    }

    /// <summary>Reads the beginning of a body: as much as comes before it breaks off or the time is over.</summary>
    private static async ValueTask<(string Text, Exception? Cut)> ReadBodyAsync(
        HttpContent content, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[MaxBodyBytes];
        int length = 0;
        Exception? cut = null;
        using var time = new CancellationTokenSource(BodyTimeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancellationToken);
        try
        {
            Stream stream = await content.ReadAsStreamAsync(either.Token).ConfigureAwait(false);
            int read = 1;
            while (length < bytes.Length && read > 0)
            {
                read = await stream.ReadAsync(bytes.AsMemory(length), either.Token).ConfigureAwait(false);
                length += read;
            }
        }
        catch (Exception exception) when (
            exception is IOException or InvalidDataException or HttpRequestException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            cut = exception;
        }

        // A character that the end cuts in two is left out.
        char[] text = new char[MaxBodyBytes];
        return (new string(text, 0, Encoding.UTF8.GetDecoder().GetChars(bytes.AsSpan(0, length), text, flush: false)), cut);
    }

    private static Uri? WithoutCredentials(Uri? uri) =>
        uri is { IsAbsoluteUri: true, UserInfo.Length: > 0 } ? new UriBuilder(uri) { UserName = "", Password = "" }.Uri : uri;

    private static HeaderStringValues Fields(HttpContentHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out HeaderStringValues values) ? values : default;

    private static string OneLine(string text) =>
        string.Concat(text.Select(static character => char.IsControl(character) ? ' ' : character));
}
