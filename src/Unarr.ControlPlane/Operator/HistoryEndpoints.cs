using System.Globalization;
using System.Text.Json;
using Unarr.Agents.Hub.Controls;
using Unarr.Agents.Hub.Web;
using Unarr.ControlPlane.Audit;
using Unarr.ControlPlane.Keys;

namespace Unarr.ControlPlane.Operator;

/// <summary>Shows what has ended: an agent's history by pages, and everything as lines of JSON.</summary>
internal sealed class HistoryEndpoints(
    WatchedControlStore store, OperatorAccess access, OperatorAudit audit, AgentRoute route, KeyRing keys)
{
    /// <summary>How many controls a page has at most, and how many an export has in memory.</summary>
    public const int MaxPage = 256;

    private const int DefaultPage = 64;

    private static readonly byte[] LineEnd = "\n"u8.ToArray();

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet($"{AgentRoute.Prefix}/{{id}}/history", access.Guard(ShowAsync));
        routes.MapGet("/api/operator/export", access.Guard(ExportAsync));
    }

    private async Task ShowAsync(HttpContext context)
    {
        string id = route.Find(context);
        int count = QueryCount.Of(context.Request, "limit", DefaultPage, MaxPage);
        IReadOnlyList<ControlRecord> page = await store.GetEndedBeforeAsync(
            id, BeforeOf(context.Request), count + 1, context.RequestAborted).ConfigureAwait(false);
        HistoryView view = new(
            [.. page.Take(count).Select(ControlView.From)], page.Count > count ? page[count - 1].Sequence : null);
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, view, ControlPlaneJsonContext.Default.HistoryView)
            .ConfigureAwait(false);
    }

    private Task ExportAsync(HttpContext context) => audit.RecordAsync(context, AuditAction.Export, async note =>
    {
        string[] asked = [.. context.Request.Query["agent"].OfType<string>()];
        if (Array.Find(asked, id => !keys.Current.Has(id)) is { } unknown)
        {
            throw AgentRoute.Unknown(unknown);
        }

        string[] ids = asked.Length > 0 ? asked : [.. keys.Current.AgentIds.Order(StringComparer.Ordinal)];
        note.Agents = ids;
        note.Chosen = asked.Length > 0 ? null : "all";

        // A store that fails at once is an answer of its own: no export has begun.
        await store.CheckAsync(context.RequestAborted).ConfigureAwait(false);
        context.Response.ContentType = "application/x-ndjson";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.ContentDisposition = "attachment; filename=\"unarr-history.jsonl\"";
        foreach (string id in ids)
        {
            if (!access.IsStillOperator(context))
            {
                throw BearerKey.Refusal();
            }

            await ExportAsync(context, id).ConfigureAwait(false);
        }
    });

    /// <summary>Writes what is pending for an agent, in order, and then what has ended, newest push first. What ends in between is
    /// written as ended too.</summary>
    private async Task ExportAsync(HttpContext context, string agentId)
    {
        long last = 0;
        IReadOnlyList<ControlRecord> page;
        do
        {
            page = await store.GetPendingAsync(agentId, last, MaxPage, context.RequestAborted).ConfigureAwait(false);
            await WriteAsync(context, agentId, page.Where(static record => record.State != ControlState.Unreadable)).ConfigureAwait(false);
            last = page.Count > 0 ? page[^1].Sequence : last;
        }
        while (page.Count == MaxPage);

        long before = long.MaxValue;
        do
        {
            page = await store.GetEndedBeforeAsync(agentId, before, MaxPage, context.RequestAborted).ConfigureAwait(false);
            await WriteAsync(context, agentId, page).ConfigureAwait(false);
            before = page.Count > 0 ? page[^1].Sequence : before;
        }
        while (page.Count == MaxPage);
    }

    private static async Task WriteAsync(HttpContext context, string agentId, IEnumerable<ControlRecord> records)
    {
        foreach (ControlRecord record in records)
        {
            await context.Response.BodyWriter.WriteAsync(
                JsonSerializer.SerializeToUtf8Bytes(
                    new HistoryLine(agentId, ControlView.From(record)), ControlPlaneJsonContext.Default.HistoryLine),
                context.RequestAborted).ConfigureAwait(false);
            await context.Response.BodyWriter.WriteAsync(LineEnd, context.RequestAborted).ConfigureAwait(false);
        }
    }

    private static long BeforeOf(HttpRequest request) => request.Query["before"] switch
    {
        [] => long.MaxValue,
        [{ } text] when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long before) => before,
        _ => throw new RequestException(StatusCodes.Status400BadRequest, "\"before\" is a number, as the page before gave it."),
    };
}
