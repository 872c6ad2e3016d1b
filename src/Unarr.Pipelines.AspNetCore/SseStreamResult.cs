using System.Net.ServerSentEvents;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace Unarr.Pipelines.AspNetCore;

/// <summary>Answers a request with events of its own: what <see cref="SseResults"/> returns.</summary>
/// <typeparam name="T">The type of an event's data.</typeparam>
public sealed class SseStreamResult<T> : IResult, IEndpointMetadataProvider, IStatusCodeHttpResult, IContentTypeHttpResult
{
    private readonly Func<EventStream, EventStreamMeasures, IEventSource> _open;

    internal SseStreamResult(Func<EventStream, EventStreamMeasures, IEventSource> open) => _open = open;

    /// <summary>The response's status: 200.</summary>
    public int? StatusCode => StatusCodes.Status200OK;

    /// <summary>The response's media type: <c>text/event-stream</c>.</summary>
    public string? ContentType => EventStreamHeaders.ContentType;

    /// <summary>Writes the stream, and completes when it has ended.</summary>
    /// <param name="httpContext">The request.</param>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        return EventStreamResponse.SendAsync(httpContext, EventStreamResponse.HeartbeatsOf(httpContext), _open);
    }

    static void IEndpointMetadataProvider.PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        EventStreamMetadata.AddTo(builder, typeof(SseItem<T>));
}
