using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.AspNetCore;

/// <summary>Answers a request with the events of a broadcast: what <see cref="SseResults"/> returns.</summary>
public sealed class SseBroadcastResult : IResult, IEndpointMetadataProvider, IStatusCodeHttpResult, IContentTypeHttpResult
{
    private readonly Func<string, SseWriter, CancellationToken, ValueTask>? _replay;

    internal SseBroadcastResult(SseBroadcast broadcast, Func<string, SseWriter, CancellationToken, ValueTask>? replay)
    {
        Broadcast = broadcast;
        _replay = replay;
    }

    /// <summary>The broadcast that the reader joins.</summary>
    public SseBroadcast Broadcast { get; }

    /// <summary>The response's status: 200.</summary>
    public int? StatusCode => StatusCodes.Status200OK;

    /// <summary>The response's media type: <c>text/event-stream</c>.</summary>
    public string? ContentType => EventStreamHeaders.ContentType;

    /// <summary>Writes the stream, and completes when it has ended.</summary>
    /// <param name="httpContext">The request.</param>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        string lastEventId = httpContext.Request.Headers["Last-Event-ID"].ToString();
        return EventStreamResponse.SendAsync(
            httpContext, Broadcast.Heartbeats, (stream, measures) => Broadcast.Join(stream, measures, ReplayOf(lastEventId, stream)));
    }

    static void IEndpointMetadataProvider.PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        EventStreamMetadata.AddTo(builder, null);

    private Func<Replay>? ReplayOf(string lastEventId, EventStream stream) =>
        _replay is { } replay && lastEventId.Length > 0 ? () => Broadcast.StartReplay(replay, lastEventId, stream) : null;
}
