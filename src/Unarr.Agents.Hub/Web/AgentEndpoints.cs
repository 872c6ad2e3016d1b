using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Controls;
using Unarr.Agents.Hub.Desk;
using Unarr.Agents.Hub.Handling;
using Unarr.Agents.Hub.Lines;
using Unarr.Agents.Hub.Observing;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.AspNetCore;

namespace Unarr.Agents.Hub.Web;

/// <summary>What agents ask for: the event stream and the long-poll.</summary>
internal sealed class AgentEndpoints(
    AgentDirectory agents, ControlDesk desk, PendingControls pending, HandlerCalls handler, AgentHubSettings settings,
    HubInstruments instruments, RequestErrors errors, TimeProvider time, ILogger<AgentEndpoints> logger)
{
    private static readonly TimeSpan TooManyPollsRetryAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StoppingRetryAfter = TimeSpan.FromSeconds(2);

    /// <summary>Serves a stream, and answers what it throws.</summary>
    /// <remarks>It is one method, and has no guard around it: each that waits as long as a stream is open costs memory for each
    /// agent.</remarks>
    public async Task EventsAsync(HttpContext context)
    {
        try
        {
            OpenStream open = Open(context);
            try
            {
                bool goesOn = await open.Stream.BeginAsync().ConfigureAwait(false);
                while (goesOn && await open.Stream.WaitAsync().ConfigureAwait(false))
                {
                    goesOn = await open.Stream.WriteAsync().ConfigureAwait(false);
                }
            }
            finally
            {
                Close(context, open);
            }
        }
        catch (Exception exception)
        {
            await errors.AnswerAsync(context, exception).ConfigureAwait(false);
        }
    }

    private OpenStream Open(HttpContext context)
    {
        AgentSession session = AgentSession.Open(context, agents, handler);
        Agent agent = session.Agent;
        ThrowIfStopping();

        // A slow reader has two heartbeats, by our clock; the server's own rule would cut it sooner or later by another.
        EventStreamHeaders.PrepareUnpaced(context);

        StreamFeed feed = new(agent.Id, agent.Order, pending, Acknowledgements.After(context.Request));
        AgentStream stream = new(context.Response.BodyWriter, feed, context.Abort, settings.Heartbeat, agents.Releases, time);
        CancellationTokenRegistration aborted = context.RequestAborted.UnsafeRegister(
            static state => ((AgentStream)state!).End(), stream);
        CancellationTokenRegistration revoked = session.Ended.UnsafeRegister(static state => ((AgentStream)state!).Revoke(), stream);
        (bool replaced, bool looksShared) = agent.Attach(stream);
        agents.Heartbeats.Add(stream);
        instruments.StreamOpened();
        HubLog.StreamOpened(logger, Printable.Text(agent.Id), replaced);
        if (looksShared)
        {
            HubLog.KeyShared(logger, Printable.Text(agent.Id));
        }

        if (agents.IsStopped)
        {
            stream.End();
        }

        return new OpenStream(agent, stream, aborted, revoked);
    }

    private void Close(HttpContext context, in OpenStream open)
    {
        open.Stream.Finish();
        instruments.StreamEnded();
        agents.Heartbeats.Remove(open.Stream);
        open.Agent.Detach(open.Stream);
        HubLog.StreamEnded(logger, Printable.Text(open.Agent.Id), context.RequestAborted.IsCancellationRequested);
        open.Revoked.Dispose();
        open.Aborted.Dispose();
    }

    public async Task WakeAsync(HttpContext context)
    {
        AgentSession session = AgentSession.Open(context, agents, handler);
        Agent agent = session.Agent;
        if (settings.HasManyNodes)
        {
            ThrowIfStopping();
        }

        await desk.LookOnceAsync(agent, context.RequestAborted).ConfigureAwait(false);
        HeldPoll poll = agent.TryHold() ?? throw new RequestException(
            StatusCodes.Status429TooManyRequests, "Too many polls of this agent are open.")
        { RetryAfter = TooManyPollsRetryAfter };
        PollAnswer answer = PollAnswer.Gone;
        instruments.PollHeld();
        try
        {
            using CancellationTokenRegistration aborted = context.RequestAborted.UnsafeRegister(
                static state => ((HeldPoll)state!).TryAnswer(PollAnswer.Gone), poll);
            using CancellationTokenRegistration revoked = session.Ended.UnsafeRegister(
                static state => ((HeldPoll)state!).TryAnswer(PollAnswer.Gone), poll);
            answer = await poll.Answer.ConfigureAwait(false);
            session.ThrowIfEnded();
            if (answer != PollAnswer.Gone)
            {
                WakeResponse response = new() { Wake = answer == PollAnswer.Wake };
                await JsonBody.WriteAsync(context, StatusCodes.Status200OK, response, ProtocolJson.WakeResponse).ConfigureAwait(false);
            }
        }
        finally
        {
            instruments.PollEnded();
            agent.Release(poll, answer, context.RequestAborted.IsCancellationRequested || session.Ended.IsCancellationRequested);
        }
    }

    /// <summary>"New streams and polls are 503 without <c>Retry-After</c>" on a hub of many nodes: another one takes them.</summary>
    private void ThrowIfStopping()
    {
        if (agents.IsStopped)
        {
            throw new RequestException(StatusCodes.Status503ServiceUnavailable, "The control plane is stopping.")
            {
                RetryAfter = settings.HasManyNodes ? null : StoppingRetryAfter,
            };
        }
    }
}
