using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CommunityToolkit.HighPerformance.Buffers;
using Unarr.ControlPlane.Messages;

namespace Unarr.ControlPlane.Endpoints;

/// <summary>Reads and writes the JSON bodies of requests and answers.</summary>
internal static class JsonBody
{
    // Answers are JSON and said to be: what only matters inside HTML is not escaped, so that people can read it.
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <exception cref="RequestException">The body is no such JSON.</exception>
    /// <exception cref="BadHttpRequestException">The body is larger than the server's bound, or came too slowly.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.BodyReader, type, context.RequestAborted).ConfigureAwait(false)
                ?? throw new RequestException(StatusCodes.Status400BadRequest, "The body is null.");
        }
        catch (JsonException exception)
        {
            throw new RequestException(StatusCodes.Status400BadRequest, $"The body does not parse: {exception.Message}", exception);
        }
    }

    public static async Task WriteAsync<T>(HttpContext context, int status, T value, JsonTypeInfo<T> type)
    {
        using ArrayPoolBufferWriter<byte> body = new();
        using (Utf8JsonWriter json = new(body, Readable))
        {
            JsonSerializer.Serialize(json, value, type);
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.WrittenCount;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted).ConfigureAwait(false);
    }

    public static Task WriteErrorAsync(HttpContext context, int status, string error) =>
        WriteAsync(context, status, new ErrorView(error), ControlPlaneJsonContext.Default.ErrorView);
}
