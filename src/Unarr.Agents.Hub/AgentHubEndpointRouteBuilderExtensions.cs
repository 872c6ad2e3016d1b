using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Unarr.Agents.Hub;
using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Handling;
using Unarr.Agents.Hub.Web;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the endpoints that agents ask.</summary>
public static class AgentHubEndpointRouteBuilderExtensions
{
    /// <summary>Maps <c>events</c>, <c>wake</c>, <c>sync</c> and <c>probe</c> under one base path.</summary>
    /// <param name="endpoints">The application's endpoints.</param>
    /// <param name="basePath">The base path, which the agents have too.</param>
    /// <returns>All four as one: what is applied to it, such as <c>RequireAuthorization</c>, applies to each of them.</returns>
    /// <remarks>Whatever is applied, a request is served only where it is known which agent makes it: by a claim of its authenticated user
    /// (<see cref="AgentHubOptions.AgentIdClaim"/>), or by <see cref="AgentHubHandler.GetAgentId"/>.</remarks>
    /// <exception cref="InvalidOperationException">There is no hub, or nothing says which agent makes a request: the application has no
    /// authentication, and no handler overrides <see cref="AgentHubHandler.GetAgentId"/>.</exception>
    public static IEndpointConventionBuilder MapAgentHub(
        this IEndpointRouteBuilder endpoints, string basePath = "/api/internal/agent")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(basePath);
        IServiceProvider services = endpoints.ServiceProvider;
        HandlerRegistration handler = services.GetService<HandlerRegistration>() ?? throw new InvalidOperationException(
            "There is no hub: call builder.Services.AddAgentHub() first.");
        if (!handler.NamesAgents && !HasAuthentication(services))
        {
            throw new InvalidOperationException(
                "Nothing says which agent makes a request: add an authentication, such as builder.Services.AddAuthentication(\"AgentKeys\")"
                + ".AddAgentKeys(\"keys.json\"), or a handler that overrides GetAgentId.");
        }

        RequestErrors errors = services.GetRequiredService<RequestErrors>();
        AgentEndpoints agents = services.GetRequiredService<AgentEndpoints>();
        RouteGroupBuilder group = endpoints.MapGroup(basePath);
        group.MapGet("/events", agents.EventsAsync);
        group.MapGet("/wake", errors.Guard(agents.WakeAsync));
        group.MapPost("/sync", errors.Guard(services.GetRequiredService<SyncEndpoint>().SyncAsync));
        group.MapGet("/probe", errors.Guard(services.GetRequiredService<ProbeEndpoint>().ProbeAsync));
        return group.WithMetadata(new AgentIdClaim(services.GetRequiredService<AgentHubSettings>().AgentIdClaim));
    }

    private static bool HasAuthentication(IServiceProvider services) =>
        services.GetService<IAuthenticationSchemeProvider>() is not null
        && services.GetRequiredService<IOptions<AuthenticationOptions>>().Value.Schemes.Any();
}
