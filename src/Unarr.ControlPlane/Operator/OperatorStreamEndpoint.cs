using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Web;
using Unarr.Pipelines.AspNetCore;



namespace Unarr.ControlPlane.Operator;

/// <summary>The operator's event stream.</summary>
internal sealed class OperatorStreamEndpoint(
    AgentDirectory agents, AgentBoard board, OperatorAccess access, AgentHubOptions options, IHostApplicationLifetime lifetime)
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
        EventStreamHeaders.PrepareUnpaced(context);
        OperatorStream stream = new(context.Response.BodyWriter, board, agents.Changes, options.Heartbeat, agents.Clock);
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            await stream.RunAsync(() => access.IsStillOperator(context), end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // The stream ends as it should: its reader comes back to whoever is here then.
            return;
        }
        catch (OperationCanceledException)
        {
            context.Abort();
        }
    }
}
