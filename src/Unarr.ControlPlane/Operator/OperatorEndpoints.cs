using System.Text.Json;
using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Controls;
using Unarr.Agents.Hub.Desk;
using Unarr.Agents.Hub.Lines;
using Unarr.Agents.Hub.Web;
using Unarr.Agents.Protocol;

namespace Unarr.ControlPlane.Operator;

/// <summary>What the operator asks for: agents listed, controls pushed, syncs nudged.</summary>
internal sealed class OperatorEndpoints(
    AgentDirectory agents, ControlDesk desk, AgentBoard board, OperatorAccess access, AgentHubOptions options)
{
    private const string Prefix = "/api/operator/agents";

    // An agent fetches what is pending at its next sync: 10 s, when nothing else is agreed.
    private static readonly TimeSpan QueueFullRetryAfter = TimeSpan.FromSeconds(10);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Prefix, access.Guard(ListAsync));
        routes.MapGet($"{Prefix}/{{id}}", access.Guard(ShowAsync));
        routes.MapPost($"{Prefix}/{{id}}/controls", access.Guard(PushAsync));
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
        AgentDetailView detail = await board.ShowAsync(Find(context), context.RequestAborted).ConfigureAwait(false);
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, detail, ControlPlaneJsonContext.Default.AgentDetailView)
            .ConfigureAwait(false);
    }

    private async Task PushAsync(HttpContext context)
    {
        Agent agent = Find(context);
        JsonElement body = await JsonBody.ReadAsync(context, ControlPlaneJsonContext.Default.JsonElement).ConfigureAwait(false);

        // A body may take long: the key that it came with has to count still.
        access.Demand(context);
        IReadOnlyList<Control> controls = PushedControls.Parse(body);
        PushResult result = await desk.PushAsync(agent.Id, controls, context.RequestAborted).ConfigureAwait(false);
        if (result.Status is PushStatus.TooManyControls or PushStatus.TooManyBytes)
        {
            string bound = result.Status == PushStatus.TooManyControls
                ? $"at most {options.QueueLimit} controls may be pending"
                : $"its pending controls may take at most {QueueSize.MaxBytes} bytes";
            throw new RequestException(StatusCodes.Status429TooManyRequests, $"The queue of agent '{agent.Id}' has no room: {bound}.")
            {
                RetryAfter = QueueFullRetryAfter,
            };
        }

        if (result.Status == PushStatus.UnknownAgent)
        {
            throw UnknownAgent(agent.Id);
        }

        await JsonBody.WriteAsync(
            context, StatusCodes.Status202Accepted, new PushedView(result.Ids), ControlPlaneJsonContext.Default.PushedView)
            .ConfigureAwait(false);
    }

    private Task NudgeAsync(HttpContext context)
    {
        Find(context).Nudge("operator");
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private async Task WatchAsync(HttpContext context)
    {
        Agent agent = Find(context);
        WatchingView view = await JsonBody.ReadAsync(context, ControlPlaneJsonContext.Default.WatchingView).ConfigureAwait(false);
        access.Demand(context);
        agent.Watch(view.Watching);
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, view, ControlPlaneJsonContext.Default.WatchingView)
            .ConfigureAwait(false);
    }

    private Agent Find(HttpContext context)
    {
        string id = (string)context.Request.RouteValues["id"]!;
        return agents.Find(id) ?? throw UnknownAgent(id);
    }

    private static RequestException UnknownAgent(string id) =>
        new(StatusCodes.Status404NotFound, $"There is no agent '{Shorten.Text(id)}'.");
}
