using System.Diagnostics.Metrics;
using System.Runtime.ExceptionServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Unarr.Pipelines.AspNetCore;

/// <summary>Answers a request with an event stream.</summary>
internal static class EventStreamResponse
{
    /// <summary>Writes the stream until it ends.</summary>
    /// <param name="context">The request.</param>
    /// <param name="heartbeats">The wheel that the stream's heartbeats come from.</param>
    /// <param name="open">Makes the source of its events; called for a request that gets a body.</param>
    /// <exception cref="Exception">The application's code threw it.</exception>
    public static async Task SendAsync(
        HttpContext context, HeartbeatWheel heartbeats, Func<EventStream, EventStreamMeasures, IEventSource> open)
    {
        EventStreamHeaders.PrepareUnpaced(context);
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        EventStreamMeasures measures = MeasuresOf(context);
        using EventStream stream = new(context.Response.BodyWriter, context.Abort, heartbeats.Interval, heartbeats.Time);
        using CancellationTokenRegistration aborted = context.RequestAborted.UnsafeRegister(
            static state => ((EventStream)state!).End(StreamEnd.Gone), stream);
        using CancellationTokenRegistration stopping = Stopping(context).UnsafeRegister(
            static state => ((EventStream)state!).Stop(), stream);
        IEventSource source = open(stream, measures);
        measures.Opened();
        heartbeats.Add(stream);
        try
        {
            await stream.RunAsync(source).ConfigureAwait(false);
        }
        finally
        {
            heartbeats.Remove(stream);
            measures.Ended(stream.EndReason, stream.Failure);
        }

        if (stream is { EndReason: StreamEnd.Failed, Failure: { } failure })
        {
            // The server logs it and closes the connection after what was written, but not as at a proper end.
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    /// <summary>The wheel of an application's streams that are not of a broadcast.</summary>
    public static HeartbeatWheel HeartbeatsOf(HttpContext context)
    {
        IServiceProvider? services = context.RequestServices;
        SseResultOptions options = Find<IOptions<SseResultOptions>>(services)?.Value ?? new SseResultOptions();
        HeartbeatRange.ThrowIfOutside(options.Heartbeat, nameof(SseResultOptions.Heartbeat), nameof(options));
        TimeProvider time = Find<TimeProvider>(services) ?? TimeProvider.System;

        // The container's own cache keeps one wheel an application: nothing is static, and nothing has to be registered.
        return Find<IOptionsMonitorCache<HeartbeatWheel>>(services)?.GetOrAdd(Options.DefaultName, CreateWheel) ?? CreateWheel();

        HeartbeatWheel CreateWheel() => new(options.Heartbeat, time);
    }

    private static CancellationToken Stopping(HttpContext context) =>
        Find<IHostApplicationLifetime>(context.RequestServices)?.ApplicationStopping ?? CancellationToken.None;

    private static EventStreamMeasures MeasuresOf(HttpContext context)
    {
        // The route is the application's own text, while a path is the client's.
        string route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "";
        return new EventStreamMeasures(
            Find<IMeterFactory>(context.RequestServices),
            Find<ILoggerFactory>(context.RequestServices)?.CreateLogger("Unarr.Pipelines.AspNetCore.EventStream") ?? NullLogger.Instance,
            route);
    }

    private static T? Find<T>(IServiceProvider? services)
        where T : class => (T?)services?.GetService(typeof(T));
}
