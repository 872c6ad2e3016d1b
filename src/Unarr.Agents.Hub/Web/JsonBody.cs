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
        ReadOnlySequence<byte> body = await ReadToEndAsync(context).ConfigureAwait(false);
        try
        {
            return Payload.Read(body, type) ?? throw new RequestException(StatusCodes.Status400BadRequest, "The body is null.");
        }
        catch (JsonException exception)
        {
            throw new RequestException(StatusCodes.Status400BadRequest, $"The body does not parse: {exception.Message}", exception);
        }
        finally
        {
            // The server goes on with what follows the body, also when this one does not parse.
            context.Request.BodyReader.AdvanceTo(body.End);
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

    /// <summary>Reads all of the body, which the server bounds. Its memory belongs to the request's reader.</summary>
    private static async Task<ReadOnlySequence<byte>> ReadToEndAsync(HttpContext context)
    {
        PipeReader reader = context.Request.BodyReader;
        while (true)
        {
            ReadResult read = await reader.ReadAsync(context.RequestAborted).ConfigureAwait(false);
            if (read.IsCompleted)
            {
                return read.Buffer;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
