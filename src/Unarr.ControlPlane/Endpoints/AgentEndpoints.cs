using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Unarr.ControlPlane.Agents;
using Unarr.ControlPlane.Controls;
using Unarr.ControlPlane.Hosting;

namespace Unarr.ControlPlane.Endpoints;

/// <summary>What agents ask for: the event stream, the long-poll and the sync.</summary>
internal sealed partial class AgentEndpoints(
    AgentDirectory agents, ControlDesk desk, IControlStore store, ControlPlaneOptions options, ILogger<AgentEndpoints> logger)
{
    private const string Prefix = "/api/internal/agent";
    private static readonly TimeSpan TooManyPollsRetryAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StoppingRetryAfter = TimeSpan.FromSeconds(2);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet($"{Prefix}/events", context => EventsAsync(context, Authenticate(context)));
        routes.MapGet($"{Prefix}/wake", context => WakeAsync(context, Authenticate(context)));
        routes.MapPost($"{Prefix}/sync", context => SyncAsync(context, Authenticate(context)));
    }

    private async Task EventsAsync(HttpContext context, AgentPass pass)
    {
        Agent agent = pass.Agent;
        if (agents.IsStopped)
        {
            throw new RequestException(StatusCodes.Status503ServiceUnavailable, "The control plane is stopping.") { RetryAfter = StoppingRetryAfter };
        }

        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-cache, no-transform";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();

        // A slow reader has two heartbeats, by our clock; the server's own rule would cut it sooner or later by another.
        context.Features.Get<IHttpMinResponseDataRateFeature>()?.MinDataRate = null;

        AgentStream stream = new(context.Response.BodyWriter, context.Abort, options.Heartbeat, options.TimeProvider);
        using CancellationTokenRegistration aborted = context.RequestAborted.UnsafeRegister(static state => ((AgentStream)state!).End(), stream);
        using CancellationTokenRegistration revoked = pass.Ended.UnsafeRegister(static state => ((AgentStream)state!).Revoke(), stream);
        bool replaced = agent.Attach(stream);
        agents.Heartbeats.Add(stream);
        LogOpened(agent.Id, replaced);
        try
        {
            if ((await store.GetPendingAsync(agent.Id, context.RequestAborted).ConfigureAwait(false)).Count > 0)
            {
                // What was pushed while there was no stream is fetched now, not at the agent's next interval.
                stream.Nudge("pending");
            }

            if (agents.IsStopped)
            {
                stream.End();
            }

            await stream.RunAsync().ConfigureAwait(false);
        }
        finally
        {
            agents.Heartbeats.Remove(stream);
            agent.Detach(stream);
            LogEnded(agent.Id, context.RequestAborted.IsCancellationRequested);
        }
    }

    private static async Task WakeAsync(HttpContext context, AgentPass pass)
    {
        Agent agent = pass.Agent;
        HeldPoll poll = agent.TryHold() ?? throw new RequestException(
            StatusCodes.Status429TooManyRequests, "Too many polls of this agent are open.")
        { RetryAfter = TooManyPollsRetryAfter };
        PollAnswer answer = PollAnswer.Gone;
        try
        {
            using CancellationTokenRegistration aborted = context.RequestAborted.UnsafeRegister(
                static state => ((HeldPoll)state!).TryAnswer(PollAnswer.Gone), poll);
            using CancellationTokenRegistration revoked = pass.Ended.UnsafeRegister(
                static state => ((HeldPoll)state!).TryAnswer(PollAnswer.Gone), poll);
            answer = await poll.Answer.ConfigureAwait(false);
            pass.ThrowIfEnded();
            if (answer != PollAnswer.Gone)
            {
                WakeResponse response = new() { Wake = answer == PollAnswer.Wake };
                await JsonBody.WriteAsync(context, StatusCodes.Status200OK, response, ProtocolJson.WakeResponse).ConfigureAwait(false);
            }
        }
        finally
        {
            agent.Release(poll, answer, context.RequestAborted.IsCancellationRequested || pass.Ended.IsCancellationRequested);
        }
    }

    private async Task SyncAsync(HttpContext context, AgentPass pass)
    {
        Agent agent = pass.Agent;
        SyncRequest request = await JsonBody.ReadAsync(context, ProtocolJson.SyncRequest).ConfigureAwait(false);
        pass.ThrowIfEnded();
        HandOut handOut = await desk.ExchangeAsync(agent, request, context.RequestAborted).ConfigureAwait(false);
        AgentDescription description = AgentDescription.From(request);
        if (agent.Synced(description) && !string.Equals(description.AgentId, agent.Id, StringComparison.Ordinal))
        {
            LogOtherId(agent.Id, description.AgentId);
        }

        pass.ThrowIfEnded();
        SyncResponse response = new() { Controls = handOut.Controls, Watching = agent.Watching };
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, response, ProtocolJson.SyncResponse).ConfigureAwait(false);
        if (!context.RequestAborted.IsCancellationRequested)
        {
            await desk.CompleteAsync(agent, handOut, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private AgentPass Authenticate(HttpContext context) => agents.Admit(BearerKey.Of(context)) ?? throw BearerKey.Refusal();

    [LoggerMessage(10, LogLevel.Information, "Agent {Agent} opened an event stream (in place of an older one: {Replaced})")]
    private partial void LogOpened(string agent, bool replaced);

    [LoggerMessage(11, LogLevel.Information, "An event stream of agent {Agent} ended (connection lost: {Lost})")]
    private partial void LogEnded(string agent, bool lost);

    [LoggerMessage(12, LogLevel.Warning, "The key of agent {Agent} is used by one that calls itself {ReportedId}")]
    private partial void LogOtherId(string agent, string reportedId);
}
