using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CommunityToolkit.HighPerformance.Buffers;
using Unarr.Agents.Hub.Messages;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub.Web;

/// <summary>Reads and writes the JSON bodies of requests and answers.</summary>
internal static class JsonBody
{
    /// <exception cref="RequestException">The body is no such JSON.</exception>
    /// <exception cref="BadHttpRequestException">The body is larger than the server's bound, or came too slowly.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
    {
        ReadOnlySequence<byte> body = await ReadToEndAsync(context, long.MaxValue).ConfigureAwait(false);
        try
        {
            return Parse(body, bytes => Payload.Read(bytes, type))
                ?? throw new RequestException(StatusCodes.Status400BadRequest, "The body is null.");
        }
        finally
        {
            // The server goes on with what follows the body, also when this one does not parse.
            context.Request.BodyReader.AdvanceTo(body.End);
        }
    }

    /// <summary>Reads a body's JSON.</summary>
    /// <exception cref="RequestException">The body does not parse.</exception>
    public static T Parse<T>(ReadOnlySequence<byte> body, Func<ReadOnlySequence<byte>, T> read)
    {
        try
        {
            return read(body);
        }
        catch (JsonException exception)
        {
            throw new RequestException(StatusCodes.Status400BadRequest, $"The body does not parse: {exception.Message}", exception);
        }
    }

    public static async Task WriteAsync<T>(HttpContext context, int status, T value, JsonTypeInfo<T> type)
    {
        using ArrayPoolBufferWriter<byte> body = new();
        Payload.Write(body, value, type);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.WrittenCount;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted).ConfigureAwait(false);
    }

    public static Task WriteErrorAsync(HttpContext context, int status, string error) =>
        WriteAsync(context, status, new ErrorView(error), HubJsonContext.Default.ErrorView);

    /// <summary>Reads all of the body. Its memory belongs to the request's reader, which the caller advances.</summary>
    /// <exception cref="RequestException">The body has more bytes than the bound.</exception>
    public static async Task<ReadOnlySequence<byte>> ReadToEndAsync(HttpContext context, long maxBytes)
    {
        if (context.Request.ContentLength > maxBytes)
        {
            throw TooLarge(context, maxBytes);
        }

        PipeReader reader = context.Request.BodyReader;
        while (true)
        {
            ReadResult read = await reader.ReadAsync(context.RequestAborted).ConfigureAwait(false);
            if (read.Buffer.Length > maxBytes)
            {
                reader.AdvanceTo(read.Buffer.End);
                throw TooLarge(context, maxBytes);
            }

            if (read.IsCompleted)
            {
                return read.Buffer;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static RequestException TooLarge(HttpContext context, long maxBytes)
    {
        // The rest of the body is not read for nothing.
        context.Response.Headers.Connection = "close";
        return new RequestException(
            StatusCodes.Status413PayloadTooLarge, $"The request's body is too large: at most {maxBytes} bytes are read.");
    }
}
