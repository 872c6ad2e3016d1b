using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Unarr.ControlPlane.Agents;
using Unarr.ControlPlane.Hosting;
using Unarr.ControlPlane.Hosting.Connections;
using Unarr.Pipelines.Sse;

namespace Unarr.ControlPlane.Endpoints;

/// <summary>A stream in a known rhythm: who reads it at the other end of a path can tell what the path did to it.</summary>
internal sealed class ProbeEndpoint(AgentDirectory agents, ControlPlaneOptions options, CancellationToken stopping)
{
    private const int MaxPreludeBytes = 64 * 1024;

    /// <summary>When each event is written, counted from the response's start.</summary>
    private static readonly TimeSpan[] Rhythm =
    [
        TimeSpan.Zero, TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(25), TimeSpan.FromMilliseconds(125),
        TimeSpan.FromMilliseconds(625), TimeSpan.FromSeconds(3),
    ];

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/internal/agent/probe", (RequestDelegate)ProbeAsync);

    private async Task ProbeAsync(HttpContext context)
    {
        if (agents.Keys.FindAgent(BearerKey.Of(context)) is null)
        {
            throw BearerKey.Refusal();
        }

        ConnectionPlace.Admit(context);
        int prelude = Prelude(context.Request.Query["prelude"]);

        // The same headers as the event stream's: what is measured here is what happens there.
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-cache, no-transform";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            await WriteAsync(context.Response, prelude, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            context.Abort();
        }
    }

    private static int Prelude(string? text)
    {
        bool valid = int.TryParse(text ?? "0", NumberStyles.None, CultureInfo.InvariantCulture, out int bytes) && bytes <= MaxPreludeBytes;
        return valid ? bytes : throw new RequestException(StatusCodes.Status400BadRequest, $"prelude must be a number of bytes, at most {MaxPreludeBytes}.");
    }

    private async Task WriteAsync(HttpResponse response, int prelude, CancellationToken cancellationToken)
    {
        SseWriter writer = new(response.BodyWriter, SseDialect.Agent);
        if (prelude > 0)
        {
            byte[] padding = new byte[prelude];
            padding.AsSpan().Fill((byte)' ');
            writer.WriteComment(padding);
        }

        long start = options.TimeProvider.GetTimestamp();
        foreach (TimeSpan due in Rhythm)
        {
            TimeSpan wait = due - options.TimeProvider.GetElapsedTime(start);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, options.TimeProvider, cancellationToken).ConfigureAwait(false);
            }

            // When it was really written, in milliseconds: a late timer here is no delay of the path.
            TimeSpan written = options.TimeProvider.GetElapsedTime(start);
            writer.WriteEvent(string.Create(CultureInfo.InvariantCulture, $"{written.TotalMilliseconds:0.0}"), "step");
            await response.BodyWriter.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
