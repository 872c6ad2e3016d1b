using System.Globalization;
using Microsoft.Extensions.Hosting;
using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Handling;
using Unarr.Pipelines.AspNetCore;
using Unarr.Pipelines.Sse;

namespace Unarr.Agents.Hub.Web;

/// <summary>A stream in a known rhythm: who reads it at the other end of a path can tell what the path did to it.</summary>
internal sealed class ProbeEndpoint(AgentDirectory agents, HandlerCalls handler, TimeProvider time, IHostApplicationLifetime lifetime)
{
    private const int MaxPreludeBytes = 64 * 1024;

    /// <summary>When each event is written, counted from the response's start.</summary>
    private static readonly TimeSpan[] Rhythm =
    [
        TimeSpan.Zero, TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(25), TimeSpan.FromMilliseconds(125),
        TimeSpan.FromMilliseconds(625), TimeSpan.FromSeconds(3),
    ];

    public async Task ProbeAsync(HttpContext context)
    {
        _ = AgentSession.Open(context, agents, handler);
        CancellationToken stopping = lifetime.ApplicationStopping;
        int prelude = Prelude(context.Request.Query["prelude"]);

        // The same headers as the event stream's: what is measured here is what happens there.
        EventStreamHeaders.Prepare(context);
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
        return valid ? bytes
            : throw new RequestException(StatusCodes.Status400BadRequest, $"prelude must be a number of bytes, at most {MaxPreludeBytes}.");
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

        long start = time.GetTimestamp();
        foreach (TimeSpan due in Rhythm)
        {
            TimeSpan wait = due - time.GetElapsedTime(start);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
            }

            // When it was really written, in milliseconds: a late timer here is no delay of the path.
            TimeSpan written = time.GetElapsedTime(start);
            writer.WriteEvent(string.Create(CultureInfo.InvariantCulture, $"{written.TotalMilliseconds:0.0}"), "step");
            await response.BodyWriter.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
