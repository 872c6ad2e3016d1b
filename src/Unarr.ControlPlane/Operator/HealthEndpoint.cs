using Unarr.Agents.Hub.Controls;
using Unarr.Agents.Hub.Web;

namespace Unarr.ControlPlane.Operator;

/// <summary>Says whether the control plane can take controls, to anyone.</summary>
internal sealed class HealthEndpoint(WatchedControlStore store)
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapMethods("/health", [HttpMethods.Get, HttpMethods.Head], ShowAsync);

    private async Task ShowAsync(HttpContext context)
    {
        string? failure = null;
        try
        {
            await store.CheckAsync(context.RequestAborted).ConfigureAwait(false);
        }
        catch (ControlStoreException exception)
        {
            failure = RequestErrors.StoreFailure(exception);
        }

        // A node that does not hear the store goes on from what it knew: whoever balances the load need not take it out.
        string? degraded = store.Degraded is { } why ? $"What this node knows may be behind: {why}." : null;
        await JsonBody.WriteAsync(
            context,
            failure is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
            new HealthView(failure is not null ? "failing" : degraded is not null ? "degraded" : "ok", failure ?? degraded),
            ControlPlaneJsonContext.Default.HealthView).ConfigureAwait(false);
    }
}
