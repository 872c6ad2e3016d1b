using Microsoft.AspNetCore.Http.HttpResults;
using Unarr.Agents.Hub;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.AspNetCore;
using Unarr.Samples.OwnBackend.Messages;

namespace Unarr.Samples.OwnBackend.Backend;

/// <summary>What an operator can ask for.</summary>
internal static class Desk
{
    public static void MapDesk(this IEndpointRouteBuilder desk)
    {
        desk.MapGet("/agents", (JobBoard board) => board.Agents);
        desk.MapGet("/live", (SseBroadcast live) => SseResults.Stream(live));
        desk.MapGet("/agents/{id}/controls", ControlsAsync);
        desk.MapPut("/agents/{id}/limit", SetLimitAsync);
        desk.MapPost("/agents/{id}/jobs", AddJobAsync);
        desk.MapDelete("/agents/{id}/jobs/{jobId}", CancelJobAsync);
        desk.MapPost("/agents/{id}/announcements", AnnounceAsync);
    }

    private static async Task<IEnumerable<ControlView>> ControlsAsync(string id, AgentHub hub, CancellationToken cancellationToken) =>
        (await hub.GetControlsAsync(id, cancellationToken)).Select(ControlView.Of);

    /// <summary>The control is pushed and stored; the agent applies it as soon as it can be reached.</summary>
    private static async Task<IResult> SetLimitAsync(string id, Limit limit, AgentHub hub, CancellationToken cancellationToken) =>
        (await hub.PushAsync(id, Control.Create("set-limit", limit, JobsJson.Default.Limit), cancellationToken)).ToHttpResult();

    /// <summary>A job goes out with the answer to the agent's next sync, which it is asked for.</summary>
    private static async Task<IResult> AddJobAsync(
        string id, NewJob wanted, AgentHub hub, JobBoard board, CancellationToken cancellationToken)
    {
        if (await hub.FindAgentAsync(id, cancellationToken) is null)
        {
            return Error(StatusCodes.Status404NotFound, $"There is no agent '{id}'.");
        }

        if (wanted.Name.Length is 0 or > 100 || wanted.Bytes < 1)
        {
            return Error(StatusCodes.Status400BadRequest, "A job has a \"name\" of 1 to 100 characters and 1 or more \"bytes\".");
        }

        Job job = new(Guid.CreateVersion7().ToString(), wanted.Name, wanted.Bytes);
        if (!board.Add(id, job).Jobs.Contains(job))
        {
            return Error(StatusCodes.Status429TooManyRequests, $"The agent has {JobBoard.MaxJobs} jobs.");
        }

        await hub.RequestSyncAsync(id, cancellationToken);
        return TypedResults.Json(job, DeskJson.Default.Job, statusCode: StatusCodes.Status202Accepted);
    }

    private static async Task<IResult> CancelJobAsync(
        string id, string jobId, AgentHub hub, JobBoard board, CancellationToken cancellationToken)
    {
        PushResult result = await hub.PushAsync(id, new Control("cancel", jobId), cancellationToken);
        if (result.Status == PushStatus.Queued)
        {
            board.Cancel(id, jobId);
        }

        return result.ToHttpResult();
    }

    /// <summary>An event is for the moment: nothing keeps it for an agent that is not there.</summary>
    private static async Task<IResult> AnnounceAsync(
        string id, Announcement announcement, AgentHub hub, CancellationToken cancellationToken) =>
        await hub.SendEventAsync(id, "announcement", announcement, JobsJson.Default.Announcement, cancellationToken)
            ? TypedResults.Accepted((string?)null)
            : Error(StatusCodes.Status409Conflict, $"The agent '{id}' has no stream open.");

    private static JsonHttpResult<DeskError> Error(int status, string error) =>
        TypedResults.Json(new DeskError(error), DeskJson.Default.DeskError, statusCode: status);
}
