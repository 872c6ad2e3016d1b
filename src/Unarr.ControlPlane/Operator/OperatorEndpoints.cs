using Unarr.Agents.Hub.Signals;
using Unarr.Agents.Hub.Web;
using Unarr.ControlPlane.Audit;
using Unarr.ControlPlane.Keys;

namespace Unarr.ControlPlane.Operator;

/// <summary>What the operator asks for of agents: listed, shown, watched, syncs nudged.</summary>
internal sealed class OperatorEndpoints(
    AgentHub hub, AgentBoard board, OperatorAccess access, OperatorAudit audit, AgentRoute route, KeyRing keys, Fleet? fleet)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(AgentRoute.Prefix, access.Guard(ListAsync));
        routes.MapGet($"{AgentRoute.Prefix}/{{id}}", access.Guard(ShowAsync));
        routes.MapGet("/api/operator/nodes", access.Guard(ListNodesAsync));
        routes.MapPost($"{AgentRoute.Prefix}/{{id}}/sync", access.Guard(NudgeAsync));
        routes.MapPut($"{AgentRoute.Prefix}/{{id}}/watching", access.Guard(WatchAsync));
    }

    private async Task ListAsync(HttpContext context)
    {
        AgentListView list = new(await board.ListAsync(context.RequestAborted).ConfigureAwait(false));
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, list, ControlPlaneJsonContext.Default.AgentListView)
            .ConfigureAwait(false);
    }

    private async Task ShowAsync(HttpContext context)
    {
        string id = route.Find(context);
        AgentDetailView detail =
            await board.ShowAsync(id, context.RequestAborted).ConfigureAwait(false) ?? throw AgentRoute.Unknown(id);
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, detail, ControlPlaneJsonContext.Default.AgentDetailView)
            .ConfigureAwait(false);
    }

    private async Task ListNodesAsync(HttpContext context)
    {
        NodeListView list = new(
            [.. (fleet?.Nodes ?? []).Select(node => NodeView.From(node, keys.Current.Digests))]);
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, list, ControlPlaneJsonContext.Default.NodeListView)
            .ConfigureAwait(false);
    }

    private Task NudgeAsync(HttpContext context) => audit.RecordAsync(context, AuditAction.RequestSync, async note =>
    {
        string id = route.Find(context);
        note.Agents = [id];
        await hub.RequestSyncAsync(id, context.RequestAborted).ConfigureAwait(false);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    });

    private async Task WatchAsync(HttpContext context)
    {
        WatchingView view = await audit.RecordAsync(context, AuditAction.Watch, async note =>
        {
            string id = route.Find(context);
            note.Agents = [id];
            WatchingView view = await JsonBody.ReadAsync(context, ControlPlaneJsonContext.Default.WatchingView).ConfigureAwait(false);
            access.Demand(context);
            await hub.SetWatchingAsync(id, view.Watching, context.RequestAborted).ConfigureAwait(false);
            return view;
        }).ConfigureAwait(false);
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, view, ControlPlaneJsonContext.Default.WatchingView)
            .ConfigureAwait(false);
    }
}
