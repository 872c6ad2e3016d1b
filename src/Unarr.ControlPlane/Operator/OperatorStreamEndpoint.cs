using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Web;
using Unarr.Pipelines.AspNetCore;

namespace Unarr.ControlPlane.Operator;

/// <summary>The operator's event stream.</summary>
internal sealed class OperatorStreamEndpoint(
    AgentDirectory agents, AgentBoard board, OperatorAccess access, AgentHubOptions options, AgentHubSettings settings,
    ServerStart start)
{
    /// <summary>How many of these streams may be open.</summary>
    public const int MaxStreams = 32;

    private static readonly TimeSpan TooManyRetryAfter = TimeSpan.FromSeconds(5);

    private int _open;

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/operator/stream", access.Guard(StreamAsync));

    private async Task StreamAsync(HttpContext context)
    {
        try
        {
            if (Interlocked.Increment(ref _open) > MaxStreams)
            {
                throw new RequestException(StatusCodes.Status503ServiceUnavailable, $"{MaxStreams} operator streams are open.")
                { RetryAfter = TooManyRetryAfter };
            }

            await WriteAsync(context).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private async Task WriteAsync(HttpContext context)
    {
        // A store that fails at the first look is an answer of its own: no stream has begun.
        OperatorStream stream = new(board, agents.Changes, options.Heartbeat, agents.Clock, start.At, settings.HasManyNodes);
        await stream.LookAsync(context.RequestAborted).ConfigureAwait(false);
        await SseResults.Stream(stream.ReadAsync(() => access.IsStillOperator(context)), ControlPlaneJsonContext.Default.OperatorStreamView)
            .ExecuteAsync(context).ConfigureAwait(false);
    }
}
