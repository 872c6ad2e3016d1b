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

        await JsonBody.WriteAsync(
            context,
            failure is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
            new HealthView(failure is null ? "ok" : "failing", failure),
            ControlPlaneJsonContext.Default.HealthView).ConfigureAwait(false);
    }
}
