using System.Text;
using System.Text.Json;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Net;
using Unarr.Pipelines.Sse;

namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>Reads what an HTTP error says for itself.</summary>
internal static class ErrorBody
{
    /// <summary>"An error may be {"error":"CODE","message":"…","details":…}, of which up to 64 KiB are read."</summary>
    private const int MaxBytes = 64 * 1024;

    /// <summary>"An HTTP error whose message is the body's first 1,024 bytes, trimmed."</summary>
    private const int MaxTextBytes = 1024;

    /// <summary>The error's text, in one line, and the error itself; empty when it says nothing, or nothing that could be read.</summary>
    public static async Task<(string Text, ErrorResponse? Error)> ReadAsync(HttpContent content, ErrorText form, Deadline exchange)
    {
        if (ContentCoding.Of(RawFields.Of(content.Headers, "Content-Encoding")) is not null)
        {
            return ("", null);
        }

        try
        {
            using BoundedBody body = await BoundedBody.ReadAsync(content, MaxBytes, exchange.Token).ConfigureAwait(false);
            ReadOnlySpan<byte> beginning = body.Beginning[..Math.Min(body.Beginning.Length, MaxTextBytes)];
            ErrorResponse? error = TryReadError(body);
            string text = form == ErrorText.Plain || error?.Error is null
                ? OfText(beginning, form, RawFields.Of(content.Headers, "Content-Type"))
                : OneLine(string.IsNullOrWhiteSpace(error.Message) ? error.Error : $"{error.Error}: {error.Message}");
            return (text.Length > MaxTextBytes ? text[..MaxTextBytes] : text, error);
        }
        catch (Exception exception) when (exception is not ControlPlaneException && exchange.IsFailure(exception))
        {
            // The status tells enough: a body that breaks off does not change it.
            return ("", null);
        }
    }

    private static string OfText(ReadOnlySpan<byte> body, ErrorText form, IEnumerable<string> types)
    {
        string text = OneLine(Encoding.UTF8.GetString(body));
        bool isMarkup = form == ErrorText.Json
            && (text.StartsWith('<') || types.Any(type => type.Contains("html", StringComparison.OrdinalIgnoreCase)));
        return isMarkup ? "" : text;
    }

    private static ErrorResponse? TryReadError(BoundedBody body)
    {
        try
        {
            return body.IsWhole ? body.Json(ProtocolJsonContext.Relaxed.ErrorResponse) : null;
        }
        catch (JsonException)
        {
            // No JSON: the text itself is told.
            return null;
        }
    }

    public static string OneLine(string text) =>
        string.Concat(text.Trim().Select(static character => char.IsControl(character) ? ' ' : character));
}
