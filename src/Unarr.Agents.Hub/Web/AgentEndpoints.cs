using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Controls;
using Unarr.Agents.Hub.Desk;
using Unarr.Agents.Hub.Lines;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.AspNetCore;

namespace Unarr.Agents.Hub.Web;

/// <summary>What agents ask for: the event stream, the long-poll and the sync.</summary>
internal sealed partial class AgentEndpoints(
    AgentDirectory agents, ControlDesk desk, IControlStore store, AgentHubOptions options, TimeProvider time,
    ILogger<AgentEndpoints> logger)
{
    private const string Prefix = "/api/internal/agent";
    private static readonly TimeSpan TooManyPollsRetryAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StoppingRetryAfter = TimeSpan.FromSeconds(2);

    private readonly ReportedIds _reportedIds = new();

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
            throw new RequestException(
                StatusCodes.Status503ServiceUnavailable, "The control plane is stopping.")
            { RetryAfter = StoppingRetryAfter };
        }

        // A slow reader has two heartbeats, by our clock; the server's own rule would cut it sooner or later by another.
        EventStreamHeaders.PrepareUnpaced(context);

        StreamFeed feed = new(agent.Id, agent.Order, store, SyncMembers.After(context.Request));
        AgentStream stream = new(context.Response.BodyWriter, feed, context.Abort, options.Heartbeat, time);
        using CancellationTokenRegistration aborted = context.RequestAborted.UnsafeRegister(
            static state => ((AgentStream)state!).End(), stream);
        using CancellationTokenRegistration revoked = pass.Ended.UnsafeRegister(static state => ((AgentStream)state!).Revoke(), stream);
        (bool replaced, bool looksShared) = agent.Attach(stream);
        agents.Heartbeats.Add(stream);
        LogOpened(agent.Id, replaced);
        if (looksShared)
        {
            LogShared(agent.Id);
        }

        try
        {
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

    private async Task WakeAsync(HttpContext context, AgentPass pass)
    {
        Agent agent = pass.Agent;
        await desk.LookOnceAsync(agent, context.RequestAborted).ConfigureAwait(false);
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
        SyncManner manner = SyncMembers.MannerOf(SyncMembers.After(context.Request), request);
        IReadOnlyCollection<ControlOutcome> outcomes = SyncMembers.OutcomesOf(request);
        if (manner.Acknowledges)
        {
            await AnswerAsync(context, pass, request, manner, outcomes).ConfigureAwait(false);
            return;
        }

        // "One with neither gets each control by one sync": of two at once, one has it.
        await agent.HandOutTurn.WaitAsync(context.RequestAborted).ConfigureAwait(false);
        try
        {
            await AnswerAsync(context, pass, request, manner, outcomes).ConfigureAwait(false);
        }
        finally
        {
            agent.HandOutTurn.Release();
        }
    }

    private async Task AnswerAsync(
        HttpContext context, AgentPass pass, SyncRequest request, SyncManner manner, IReadOnlyCollection<ControlOutcome> outcomes)
    {
        Agent agent = pass.Agent;
        pass.ThrowIfEnded();
        HandOut handOut = await desk.ExchangeAsync(agent, manner, outcomes, context.RequestAborted).ConfigureAwait(false);
        AgentDescription description = AgentDescription.From(request);
        agent.Synced(description);
        if (!string.Equals(description.AgentId, agent.Id, StringComparison.Ordinal) && _reportedIds.IsNew(agent.Id, description.AgentId))
        {
            LogOtherId(agent.Id, Printable.Text(description.AgentId));
        }

        pass.ThrowIfEnded();
        try
        {
            SyncResponse response = new() { Controls = handOut.Controls, Watching = agent.Watching };
            await JsonBody.WriteAsync(context, StatusCodes.Status200OK, response, ProtocolJson.SyncResponse).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The answer is lost: a stream that is held because of it asks for the next sync.
            agent.Look();
            throw;
        }

        if (context.RequestAborted.IsCancellationRequested)
        {
            agent.Look();
        }
        else
        {
            await CompleteAsync(agent, handOut).ConfigureAwait(false);
        }
    }

    /// <summary>The answer is written: a store that fails now can only be logged, which it has done.</summary>
    private async Task CompleteAsync(Agent agent, HandOut handOut)
    {
        try
        {
            await desk.CompleteAsync(agent, handOut).ConfigureAwait(false);
        }
        catch (ControlStoreException exception)
        {
            LogNotStored(agent.Id, exception.Message);
        }
    }

    private AgentPass Authenticate(HttpContext context)
    {
        AgentPass pass = agents.Admit(BearerKey.Of(context)) ?? throw BearerKey.Refusal();
        IAdmissionFeature.Admit(context);
        return pass;
    }

    [LoggerMessage(10, LogLevel.Information, "Agent {Agent} opened an event stream (in place of an older one: {Replaced})")]
    private partial void LogOpened(string agent, bool replaced);

    [LoggerMessage(14, LogLevel.Warning, "The streams of agent {Agent} end each other: two agents seem to use its key")]
    private partial void LogShared(string agent);

    [LoggerMessage(11, LogLevel.Information, "An event stream of agent {Agent} ended (connection lost: {Lost})")]
    private partial void LogEnded(string agent, bool lost);

    [LoggerMessage(13, LogLevel.Debug, "What a sync of agent {Agent} handed out was not stored: {Reason}")]
    private partial void LogNotStored(string agent, string reason);

    [LoggerMessage(12, LogLevel.Warning, "The key of agent {Agent} is used by an agent that calls itself {ReportedId}")]
    private partial void LogOtherId(string agent, string reportedId);
}
