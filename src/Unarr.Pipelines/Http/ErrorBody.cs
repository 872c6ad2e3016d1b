using System.Text;
using System.Text.Json;
using Unarr.Pipelines.Protocol;

namespace Unarr.Pipelines.Http;

/// <summary>Reads what an HTTP error says for itself.</summary>
internal static class ErrorBody
{
    private const int MaxBytes = 1024;

    /// <summary>The error's text, in one line; empty when it says nothing, or nothing that could be read.</summary>
    public static async Task<string> ReadAsync(HttpContent content, ErrorText form, Deadline exchange)
    {
        if (ContentCoding.Of(content.Headers) is not null)
        {
            return "";
        }

        try
        {
            using BoundedBody body = await BoundedBody.ReadAsync(content, MaxBytes, exchange.Token).ConfigureAwait(false);
            return form == ErrorText.Plain ? OneLine(Encoding.UTF8.GetString(body.Beginning)) : FromJson(body.Beginning, RawFields.Of(content.Headers, "Content-Type"));
        }
        catch (Exception exception) when (exchange.IsFailure(exception))
        {
            // The status tells enough: a body that breaks off does not change it.
            return "";
        }
    }

    private static string FromJson(ReadOnlySpan<byte> body, IEnumerable<string> types)
    {
        if (TryReadError(body) is { } error)
        {
            return OneLine(error);
        }

        string text = OneLine(Encoding.UTF8.GetString(body));
        bool isMarkup = text.StartsWith('<') || types.Any(type => type.Contains("html", StringComparison.OrdinalIgnoreCase));
        return isMarkup ? "" : text;
    }

    private static string? TryReadError(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, ProtocolJsonContext.Default.ErrorResponse)?.Error;
        }
        catch (JsonException)
        {
            // No JSON, or no whole one within the bound: the text itself is told.
            return null;
        }
    }

    public static string OneLine(string text) =>
        string.Concat(text.Trim().Select(static character => char.IsControl(character) ? ' ' : character));
}
