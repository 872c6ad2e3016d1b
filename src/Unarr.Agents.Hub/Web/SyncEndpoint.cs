using System.Buffers;
using System.Text.Json;
using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Controls;
using Unarr.Agents.Hub.Desk;
using Unarr.Agents.Hub.Handling;
using Unarr.Agents.Hub.Lines;
using Unarr.Agents.Hub.Observing;
using Unarr.Agents.Hub.Signals;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub.Web;

/// <summary>An agent's sync: what it acknowledges is stored, the application hears it, and what is pending is handed out.</summary>
internal sealed class SyncEndpoint(
    AgentDirectory agents, ControlDesk desk, ControlStore store, HandlerCalls handler, AgentHubSettings settings,
    HubInstruments instruments, HubClock time, Fleet? fleet, ILogger<SyncEndpoint> logger)
{
    /// <summary>How many bytes the application's members of an answer may take.</summary>
    public const int MaxAnswerMembers = 512 * 1024;

    // Agents read 1 MiB of an answer. What is not a control in it is the protocol's own members.
    private const int MaxAnswer = 1024 * 1024;
    private const int OwnMembers = 4 * 1024;

    private static readonly TimeSpan BusyRetryAfter = TimeSpan.FromSeconds(5);

    private readonly ReportedIds _reportedIds = new();

    public async Task SyncAsync(HttpContext context)
    {
        long start = time.GetTimestamp();
        int status = StatusCodes.Status500InternalServerError;
        try
        {
            AgentSession session = AgentSession.Open(context, agents, handler);
            await SyncAsync(context, session).ConfigureAwait(false);
            status = context.Response.StatusCode;
        }
        finally
        {
            instruments.Synced(time.GetElapsedTime(start), status);
        }
    }

    private async Task SyncAsync(HttpContext context, AgentSession session)
    {
        ReadOnlySequence<byte> body = await JsonBody.ReadToEndAsync(context, settings.MaxSyncBytes).ConfigureAwait(false);
        SyncManner manner;
        AnswerMembers answer;
        bool isAcknowledged;
        try
        {
            SyncRequest request = JsonBody.Parse(body, static bytes => Payload.ReadSyncHead(bytes));
            manner = Acknowledgements.MannerOf(Acknowledgements.After(context.Request), request);
            IReadOnlyCollection<ControlUpdate> updates = Acknowledgements.UpdatesOf(request, time.GetUtcNow());
            session.ThrowIfEnded();
            isAcknowledged = await AcknowledgeAsync(session.Agent.Id, updates, context.RequestAborted).ConfigureAwait(false);
            Note(session.Agent, AgentDescription.From(request));
            answer = handler.HearsSyncs ? await HandleAsync(session.Agent, body, context.RequestAborted).ConfigureAwait(false) : default;
        }
        finally
        {
            // The server goes on with what follows the body, also when this one does not parse.
            context.Request.BodyReader.AdvanceTo(body.End);
        }

        await AnswerAsync(context, session, manner with { IsStored = isAcknowledged }, answer).ConfigureAwait(false);
    }

    /// <summary>"A sync whose acknowledgements cannot be stored within 1 s is answered 200 with <c>"acknowledged":false</c>", on a hub of
    /// many nodes. What is stored later is reported then.</summary>
    private async Task<bool> AcknowledgeAsync(
        string agentId, IReadOnlyCollection<ControlUpdate> updates, CancellationToken cancellationToken)
    {
        if (!settings.HasManyNodes || updates.Count == 0)
        {
            await desk.UpdateAsync(agentId, updates, cancellationToken).ConfigureAwait(false);
            return true;
        }

        try
        {
            await desk.UpdateAsync(agentId, updates, CancellationToken.None).WaitAsync(ControlDesk.StoreTime, time, cancellationToken)
                .ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is ControlStoreException or TimeoutException)
        {
            HubLog.AckNotStored(logger, Printable.Text(agentId), exception.Message);
            return false;
        }
    }

    private void Note(Agent agent, AgentDescription description)
    {
        agent.Synced(description);
        fleet?.Know(agent.Id, new KnownAgent(
            description.AgentId, description.Name, description.Version, description.Os, description.Arch));
        if (!string.Equals(description.AgentId, agent.Id, StringComparison.Ordinal) && _reportedIds.IsNew(agent.Id, description.AgentId))
        {
            HubLog.OtherId(logger, Printable.Text(agent.Id), Printable.Text(description.AgentId));
        }
    }

    /// <summary>Lets the application read the sync's members and write the answer's.</summary>
    private async Task<AnswerMembers> HandleAsync(Agent agent, ReadOnlySequence<byte> body, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        SyncBody request = SyncBody.Over(body);
        SyncBody answer = SyncBody.ForAnswer();
        try
        {
            bool hadRoom = await handler.TrySyncAsync(
                agent,
                async () =>
                {
                    int count = await store.CountPendingAsync(agent.Id, cancellationToken).ConfigureAwait(false);
                    return new AgentSync { Agent = agents.InfoOf(agent, count), Request = request, Answer = answer };
                },
                cancellationToken).ConfigureAwait(false);
            if (!hadRoom)
            {
                throw new RequestException(StatusCodes.Status429TooManyRequests, "Too many syncs of this agent wait for the application.")
                {
                    RetryAfter = BusyRetryAfter,
                };
            }

            AnswerMembers members = new(answer.Written, answer.Written is null ? 0 : answer.Utf8Json.Length);
            return members.Bytes <= MaxAnswerMembers ? members : throw new InvalidOperationException(
                $"The application's members of a sync's answer take {members.Bytes} bytes: at most {MaxAnswerMembers} fit.");
        }
        catch (JsonException exception) when (request.Misfit == exception)
        {
            HubLog.SyncMisfits(logger, Printable.Text(agent.Id), exception.Message);
            throw new RequestException(
                StatusCodes.Status400BadRequest, $"The application cannot read the sync: {exception.Message}", exception);
        }
        finally
        {
            request.End();
            answer.End();
            instruments.Handled(time.GetElapsedTime(start));
        }
    }

    private async Task AnswerAsync(HttpContext context, AgentSession session, SyncManner manner, AnswerMembers answer)
    {
        if (manner.Acknowledges)
        {
            await HandOutAsync(context, session, manner, answer).ConfigureAwait(false);
            return;
        }

        // "One with neither gets each control by one sync": of two at once, one has it.
        await session.Agent.HandOutTurn.WaitAsync(context.RequestAborted).ConfigureAwait(false);
        try
        {
            await HandOutAsync(context, session, manner, answer).ConfigureAwait(false);
        }
        finally
        {
            session.Agent.HandOutTurn.Release();
        }
    }

    private async Task HandOutAsync(HttpContext context, AgentSession session, SyncManner manner, AnswerMembers answer)
    {
        Agent agent = session.Agent;
        session.ThrowIfEnded();
        HandOut handOut = await desk.HandOutAsync(agent, manner, SizeBeside(answer), context.RequestAborted).ConfigureAwait(false);
        session.ThrowIfEnded();
        try
        {
            SyncResponse response = new()
            {
                Controls = handOut.Controls,
                Watching = agent.Watching,
                Acknowledged = manner.IsStored ? null : false,
                Members = answer.Members,
            };
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
        else if (settings.HasManyNodes && manner.Acknowledges)
        {
            // Nobody waits for the mark that a sync has handed it out.
            _ = CompleteAsync(agent, handOut);
        }
        else
        {
            await CompleteAsync(agent, handOut).ConfigureAwait(false);
        }
    }

    private static PageSize SizeBeside(AnswerMembers answer) =>
        PageSize.Sync with { Bytes = Math.Min(PageSize.Sync.Bytes, MaxAnswer - OwnMembers - answer.Bytes) };

    /// <summary>The answer is written: a store that fails now can only be logged, which it has done.</summary>
    private async Task CompleteAsync(Agent agent, HandOut handOut)
    {
        try
        {
            await desk.CompleteAsync(agent, handOut).ConfigureAwait(false);
        }
        catch (ControlStoreException exception)
        {
            HubLog.HandOutNotStored(logger, Printable.Text(agent.Id), exception.Message);
        }
    }
}
