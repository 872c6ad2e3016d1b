using System.Text.Json;
using Unarr.Agents.Hub.Web;
using Unarr.Agents.Protocol;
using Unarr.ControlPlane.Audit;

namespace Unarr.ControlPlane.Operator;

/// <summary>Pushes controls: to one agent, and to many.</summary>
internal sealed class PushEndpoints(
    AgentHub hub, AgentBoard board, PushBoard pushes, OperatorAccess access, OperatorAudit audit, AgentRoute route, TimeProvider time)
{
    private const string KeyHeader = "Idempotency-Key";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost($"{AgentRoute.Prefix}/{{id}}/controls", access.Guard(PushAsync));
        routes.MapPost("/api/operator/controls", access.Guard(PushToManyAsync));
    }

    private async Task PushAsync(HttpContext context)
    {
        PushResult result = await audit.RecordAsync(context, AuditAction.Push, async note =>
        {
            string id = route.Find(context);
            note.Agents = [id];
            JsonElement body = await JsonBody.ReadAsync(context, ControlPlaneJsonContext.Default.JsonElement).ConfigureAwait(false);

            // A body may take long: the key that it came with has to count still.
            access.Demand(context);
            PushBody push = PushBody.Parse(body);
            Note(note, push.Controls, push.ExpiresAfter);
            IReadOnlyList<PushResult> results =
                await PushAsync(context, [id], push.Controls, push.ExpiresAfter).ConfigureAwait(false);
            note.Take(results);
            return results[0];
        }).ConfigureAwait(false);
        await result.ToHttpResult().ExecuteAsync(context).ConfigureAwait(false);
    }

    private async Task PushToManyAsync(HttpContext context)
    {
        PushedToManyView view = await audit.RecordAsync(context, AuditAction.PushToMany, async note =>
        {
            JsonElement body = await JsonBody.ReadAsync(context, ControlPlaneJsonContext.Default.JsonElement).ConfigureAwait(false);
            access.Demand(context);
            PushToManyRequest push = PushToManyRequest.Parse(body);
            Note(note, push.Controls, push.ExpiresAfter);
            note.Chosen = push.Chosen;
            note.Agents = push.Agents?.ToArray() ?? await ChooseAsync(push, context.RequestAborted).ConfigureAwait(false);
            push.DemandBound(note.Agents.Count);
            using PushBoard.Watch watch = pushes.Begin();
            IReadOnlyList<PushResult> results =
                await PushAsync(context, note.Agents, push.Controls, push.ExpiresAfter).ConfigureAwait(false);
            note.Take(results);
            string id = watch.Add(
                OperatorAudit.NameOf(context), push, note.ExpiresAt, KeyOf(context.Request) is not null, results);
            return new PushedToManyView(id, [.. results.Select(PushedToOneView.From)]);
        }).ConfigureAwait(false);
        bool areQueued = view.Results.All(static result => result.Ids is not null);
        await JsonBody.WriteAsync(
            context, areQueued ? StatusCodes.Status202Accepted : StatusCodes.Status207MultiStatus, view,
            ControlPlaneJsonContext.Default.PushedToManyView).ConfigureAwait(false);
    }

    private void Note(AuditNote note, IReadOnlyList<Control> controls, TimeSpan? expiresAfter)
    {
        note.Controls = controls;
        note.ExpiresAt = time.GetUtcNow() + expiresAfter;
    }

    /// <summary>The agents that a push without a list is for, as they are now.</summary>
    /// <exception cref="RequestException">There are none.</exception>
    private async Task<string[]> ChooseAsync(PushToManyRequest push, CancellationToken cancellationToken)
    {
        string[] ids =
        [
            .. (await board.ListAsync(cancellationToken).ConfigureAwait(false))
                .Where(agent => push.Filter?.Matches(agent) ?? true).Select(static agent => agent.Id),
        ];
        return ids.Length > 0 ? ids : throw new RequestException(StatusCodes.Status404NotFound, "No agent matches.");
    }

    private async Task<IReadOnlyList<PushResult>> PushAsync(
        HttpContext context, IReadOnlyCollection<string> agentIds, IReadOnlyList<Control> controls, TimeSpan? expiresAfter)
    {
        PushRequest push = new()
        {
            AgentIds = agentIds,
            Controls = controls,
            ExpiresAfter = expiresAfter,
            IdempotencyKey = KeyOf(context.Request),
        };
        try
        {
            return await hub.PushAsync(push, context.RequestAborted).ConfigureAwait(false);
        }
        catch (ArgumentException exception) when (push.IdempotencyKey is not null)
        {
            throw new RequestException(StatusCodes.Status422UnprocessableEntity, exception.Message, exception);
        }
    }

    private static string? KeyOf(HttpRequest request) => request.Headers[KeyHeader] switch
    {
        [] => null,
        [{ Length: > 0 and <= 256 } key] when key.All(static c => c is > ' ' and <= '~') => key,
        _ => throw new RequestException(
            StatusCodes.Status400BadRequest, $"{KeyHeader} is 1 to 256 visible ASCII characters, and is there once."),
    };
}
