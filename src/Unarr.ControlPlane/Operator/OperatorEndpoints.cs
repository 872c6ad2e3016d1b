using System.Text.Json;
using Unarr.Agents.Hub.Lines;
using Unarr.Agents.Hub.Signals;
using Unarr.Agents.Hub.Web;
using Unarr.Agents.Protocol;
using Unarr.ControlPlane.Keys;

namespace Unarr.ControlPlane.Operator;

/// <summary>What the operator asks for: agents listed, controls pushed, syncs nudged.</summary>
internal sealed class OperatorEndpoints(AgentHub hub, AgentBoard board, OperatorAccess access, KeyRing keys, Fleet? fleet)
{
    private const string KeyHeader = "Idempotency-Key";
    private const string Prefix = "/api/operator/agents";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Prefix, access.Guard(ListAsync));
        routes.MapGet($"{Prefix}/{{id}}", access.Guard(ShowAsync));
        routes.MapPost($"{Prefix}/{{id}}/controls", access.Guard(PushAsync));
        routes.MapPost("/api/operator/controls", access.Guard(PushToManyAsync));
        routes.MapGet("/api/operator/nodes", access.Guard(ListNodesAsync));
        routes.MapPost($"{Prefix}/{{id}}/sync", access.Guard(NudgeAsync));
        routes.MapPut($"{Prefix}/{{id}}/watching", access.Guard(WatchAsync));
    }

    private async Task ListAsync(HttpContext context)
    {
        AgentListView list = new(await board.ListAsync(context.RequestAborted).ConfigureAwait(false));
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, list, ControlPlaneJsonContext.Default.AgentListView)
            .ConfigureAwait(false);
    }

    private async Task ShowAsync(HttpContext context)
    {
        string id = Find(context);
        AgentDetailView detail =
            await board.ShowAsync(id, context.RequestAborted).ConfigureAwait(false) ?? throw UnknownAgent(id);
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, detail, ControlPlaneJsonContext.Default.AgentDetailView)
            .ConfigureAwait(false);
    }

    private async Task PushAsync(HttpContext context)
    {
        string id = Find(context);
        JsonElement body = await JsonBody.ReadAsync(context, ControlPlaneJsonContext.Default.JsonElement).ConfigureAwait(false);

        // A body may take long: the key that it came with has to count still.
        access.Demand(context);
        IReadOnlyList<Control> controls = PushedControls.Parse(body);
        IReadOnlyList<PushResult> results = await PushAsync(context, [id], controls).ConfigureAwait(false);
        await results[0].ToHttpResult().ExecuteAsync(context).ConfigureAwait(false);
    }

    private async Task PushToManyAsync(HttpContext context)
    {
        JsonElement body = await JsonBody.ReadAsync(context, ControlPlaneJsonContext.Default.JsonElement).ConfigureAwait(false);
        access.Demand(context);
        PushToManyRequest push = PushToManyRequest.Parse(body);
        IReadOnlyList<PushResult> results = await PushAsync(context, push.Agents, push.Controls).ConfigureAwait(false);
        PushedToManyView view = new([.. results.Select(PushedToOneView.From)]);
        bool areQueued = results.All(static result => result.Status == PushStatus.Queued);
        await JsonBody.WriteAsync(
            context, areQueued ? StatusCodes.Status202Accepted : StatusCodes.Status207MultiStatus, view,
            ControlPlaneJsonContext.Default.PushedToManyView).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<PushResult>> PushAsync(
        HttpContext context, IReadOnlyList<string> agentIds, IReadOnlyList<Control> controls)
    {
        PushRequest push = new() { AgentIds = [.. agentIds], Controls = controls, IdempotencyKey = KeyOf(context.Request) };
        try
        {
            return await hub.PushAsync(push, context.RequestAborted).ConfigureAwait(false);
        }
        catch (ArgumentException exception) when (push.IdempotencyKey is not null)
        {
            throw new RequestException(StatusCodes.Status422UnprocessableEntity, exception.Message, exception);
        }
    }

    private async Task ListNodesAsync(HttpContext context)
    {
        NodeListView list = new(
            [.. (fleet?.Nodes ?? []).Select(node => NodeView.From(node, keys.Current.Digests))]);
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, list, ControlPlaneJsonContext.Default.NodeListView)
            .ConfigureAwait(false);
    }

    private static string? KeyOf(HttpRequest request) => request.Headers[KeyHeader] switch
    {
        [] => null,
        [{ Length: > 0 and <= 256 } key] when key.All(static c => c is > ' ' and <= '~') => key,
        _ => throw new RequestException(
            StatusCodes.Status400BadRequest, $"{KeyHeader} is 1 to 256 visible ASCII characters, and is there once."),
    };

    private async Task NudgeAsync(HttpContext context)
    {
        await hub.RequestSyncAsync(Find(context), context.RequestAborted).ConfigureAwait(false);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task WatchAsync(HttpContext context)
    {
        string id = Find(context);
        WatchingView view = await JsonBody.ReadAsync(context, ControlPlaneJsonContext.Default.WatchingView).ConfigureAwait(false);
        access.Demand(context);
        await hub.SetWatchingAsync(id, view.Watching, context.RequestAborted).ConfigureAwait(false);
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, view, ControlPlaneJsonContext.Default.WatchingView)
            .ConfigureAwait(false);
    }

    /// <returns>The id of the agent that the request is about.</returns>
    /// <exception cref="RequestException">There is no such agent.</exception>
    private string Find(HttpContext context)
    {
        string id = (string)context.Request.RouteValues["id"]!;
        return keys.Current.Has(id) ? id : throw UnknownAgent(id);
    }

    private static RequestException UnknownAgent(string id) =>
        new(StatusCodes.Status404NotFound, $"There is no agent '{Shorten.Text(id)}'.");
}
