using Unarr.Agents.Hub.Controls;
using Unarr.Agents.Hub.Lines;
using Unarr.Agents.Hub.Web;
using Unarr.ControlPlane.Audit;

namespace Unarr.ControlPlane.Operator;

/// <summary>Takes controls back that are still pending, and shows how far pushes to many have come.</summary>
internal sealed class WithdrawEndpoints(
    AgentHub hub, WatchedControlStore store, PushBoard pushes, OperatorAccess access, OperatorAudit audit, AgentRoute route)
{
    private const string Pushes = "/api/operator/pushes";

    // As many as one transaction of the store takes well.
    private const int AtOnce = 64;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapDelete($"{AgentRoute.Prefix}/{{id}}/controls/{{control}}", access.Guard(WithdrawAsync));
        routes.MapGet(Pushes, access.Guard(ListAsync));
        routes.MapGet($"{Pushes}/{{push}}", access.Guard(ShowAsync));
        routes.MapDelete($"{Pushes}/{{push}}", access.Guard(WithdrawPushAsync));
    }

    private Task WithdrawAsync(HttpContext context) => audit.RecordAsync(context, AuditAction.Withdraw, async note =>
    {
        string id = route.Find(context);
        string controlId = (string)context.Request.RouteValues["control"]!;
        note.Agents = [id];
        note.ControlIds = [controlId];
        if (!await hub.WithdrawAsync(id, controlId, context.RequestAborted).ConfigureAwait(false))
        {
            IReadOnlyList<ControlRecord> ended = await store.GetEndedAsync(id, context.RequestAborted).ConfigureAwait(false);
            throw ended.FirstOrDefault(record => record.Control.Id == controlId) is { } record
                ? new RequestException(
                    StatusCodes.Status409Conflict, $"The control has ended: it is {ControlView.From(record).State} already.")
                : new RequestException(
                    StatusCodes.Status404NotFound, $"Agent '{id}' has no control '{Shorten.Text(controlId)}'.");
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    });

    private async Task ListAsync(HttpContext context)
    {
        PushListView view = new(await pushes.ListAsync(context.RequestAborted).ConfigureAwait(false));
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, view, ControlPlaneJsonContext.Default.PushListView)
            .ConfigureAwait(false);
    }

    private async Task ShowAsync(HttpContext context)
    {
        int count = QueryCount.Of(context.Request, "limit", PushToManyRequest.MaxControls, PushToManyRequest.MaxControls);
        string? outcome = context.Request.Query["outcome"] switch
        {
            [] => null,
            [{ } one] when PushOutcome.All.Contains(one, StringComparer.Ordinal) => one,
            _ => throw new RequestException(
                StatusCodes.Status400BadRequest, $"\"outcome\" is one of {string.Join(", ", PushOutcome.All)}."),
        };
        string push = PushOf(context);
        PushDetailView view = await pushes.ShowAsync(push, outcome, count, context.RequestAborted).ConfigureAwait(false)
            ?? throw UnknownPush(push);
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, view, ControlPlaneJsonContext.Default.PushDetailView)
            .ConfigureAwait(false);
    }

    private async Task WithdrawPushAsync(HttpContext context)
    {
        WithdrawnView view = await audit.RecordAsync(context, AuditAction.Withdraw, async note =>
        {
            string push = PushOf(context);
            IReadOnlyList<(string AgentId, string ControlId)> open = pushes.OpenOf(push) ?? throw UnknownPush(push);
            note.Agents = [.. open.Select(static control => control.AgentId).Distinct(StringComparer.Ordinal)];
            note.Chosen = $"push {push}";
            note.ControlIds = [.. open.Select(static control => control.ControlId)];
            int withdrawn = 0;
            await Parallel.ForEachAsync(
                open,
                new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = context.RequestAborted },
                async (control, cancel) =>
                {
                    if (await hub.WithdrawAsync(control.AgentId, control.ControlId, cancel).ConfigureAwait(false))
                    {
                        Interlocked.Increment(ref withdrawn);
                    }
                }).ConfigureAwait(false);
            note.Outcome = withdrawn == open.Count ? AuditOutcome.Done : AuditOutcome.Partly;
            note.DoneCount = withdrawn == open.Count ? null : withdrawn;
            return new WithdrawnView(withdrawn);
        }).ConfigureAwait(false);
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, view, ControlPlaneJsonContext.Default.WithdrawnView)
            .ConfigureAwait(false);
    }

    private static string PushOf(HttpContext context) => (string)context.Request.RouteValues["push"]!;

    private static RequestException UnknownPush(string id) => new(
        StatusCodes.Status404NotFound, $"There is no push '{Shorten.Text(id)}' among the last ones to many agents since the start.");
}
