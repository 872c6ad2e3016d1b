using System.Buffers;
using System.Text.Json.Serialization.Metadata;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub;

/// <summary>What a backend does with its agents: push controls, ask for syncs, look at them, follow them.</summary>
/// <remarks>
/// Get it from the services after <c>AddAgentHub</c>. Any thread may use it. A test derives a fake from it and overrides what it needs; the
/// rest throws <see cref="NotSupportedException"/>.
/// <example>
/// <code>
/// PushResult result = await hub.PushAsync("agent-7", new Control("pause", "task-1"), cancellationToken);
/// if (result.Status == PushStatus.Queued)
/// {
///     Console.WriteLine($"Control {result.ControlIds[0]} is on its way.");
/// }
/// </code>
/// </example>
/// </remarks>
public abstract class AgentHub
{
    /// <summary>For the hub and for fakes.</summary>
    protected AgentHub()
    {
    }

    /// <summary>Queues one control for one agent, and sends it over whatever the agent has open.</summary>
    /// <param name="agentId">The agent.</param>
    /// <param name="control">The control.</param>
    /// <param name="cancellationToken">Ends the wait for the store; what was stored by then stays.</param>
    /// <exception cref="ArgumentException">The control is not one that an agent reads.</exception>
    /// <exception cref="ControlStoreException">The store failed: it is not known whether the control is queued.</exception>
    public Task<PushResult> PushAsync(string agentId, Control control, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(control);
        return PushAsync(agentId, [control], cancellationToken);
    }

    /// <summary>Queues several controls for one agent, in order: all or none.</summary>
    /// <param name="agentId">The agent.</param>
    /// <param name="controls">The controls, 1 to 1,024.</param>
    /// <param name="cancellationToken">Ends the wait for the store; what was stored by then stays.</param>
    /// <exception cref="ArgumentException">A control is not one that an agent reads, or there are too many or none.</exception>
    /// <exception cref="ControlStoreException">The store failed: it is not known whether the controls are queued.</exception>
    public async Task<PushResult> PushAsync(
        string agentId, IReadOnlyList<Control> controls, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(agentId);
        ArgumentNullException.ThrowIfNull(controls);
        IReadOnlyList<PushResult> results = await PushAsync(
            new PushRequest { AgentIds = [agentId], Controls = controls }, cancellationToken).ConfigureAwait(false);
        return results[0];
    }

    /// <summary>Queues controls for one or many agents in one transaction: for each agent all or none.</summary>
    /// <param name="request">The push.</param>
    /// <param name="cancellationToken">Ends the wait for the store; what was stored by then stays.</param>
    /// <returns>One result for each agent, in the order of <see cref="PushRequest.AgentIds"/>.</returns>
    /// <exception cref="ArgumentException">The request names an agent twice, or has controls that no agent reads.</exception>
    /// <exception cref="ControlStoreException">The store failed: it is not known what is queued.</exception>
    public virtual Task<IReadOnlyList<PushResult>> PushAsync(PushRequest request, CancellationToken cancellationToken = default) =>
        throw NotSupported();

    /// <summary>Takes a pending control back: it is not handed out any more. An agent that has it already applies it.</summary>
    /// <param name="agentId">The agent.</param>
    /// <param name="controlId">The control's id.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <returns>Whether the control was pending.</returns>
    /// <exception cref="ControlStoreException">The store failed.</exception>
    public virtual Task<bool> WithdrawAsync(string agentId, string controlId, CancellationToken cancellationToken = default) =>
        throw NotSupported();

    /// <summary>Asks an agent for a sync, over whatever it has open. An agent that has nothing open syncs when its next
    /// one is due.</summary>
    /// <param name="agentId">The agent; one that is not known is ignored.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public virtual Task RequestSyncAsync(string agentId, CancellationToken cancellationToken = default) => throw NotSupported();

    /// <summary>Sets whether somebody watches an agent: its syncs then come at the short interval.</summary>
    /// <param name="agentId">The agent.</param>
    /// <param name="watching">Whether somebody watches.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public virtual Task SetWatchingAsync(string agentId, bool watching, CancellationToken cancellationToken = default) =>
        throw NotSupported();

    /// <summary>Sends an event of your own on an agent's stream. Best effort: nothing keeps it, and nothing sends it again.</summary>
    /// <param name="agentId">The agent.</param>
    /// <param name="eventType">The event's type: 1 to 256 bytes in UTF-8 without line breaks, and none of the protocol's
    /// (<c>sync</c>, <c>command</c>).</param>
    /// <param name="data">The event's data in UTF-8: 1 byte to 255 KiB. It does not begin with a line end, and no line of it has white
    /// space around it, which agents drop. It is copied.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns><see langword="true"/> when a stream of the agent took it; <see langword="false"/> when none is open, or 64 events or
    /// 1 MiB of them wait there already.</returns>
    /// <exception cref="ArgumentException">The type or the data cannot be sent.</exception>
    public virtual Task<bool> SendEventAsync(
        string agentId, string eventType, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) => throw NotSupported();

    /// <summary>Sends an event of your own on an agent's stream, with data as compact JSON.</summary>
    /// <typeparam name="T">The data's type.</typeparam>
    /// <param name="agentId">The agent.</param>
    /// <param name="eventType">The event's type.</param>
    /// <param name="value">The data.</param>
    /// <param name="typeInfo">The source-generated contract of the type.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns><see langword="true"/> when a stream of the agent took it.</returns>
    /// <exception cref="ArgumentException">The type or the data cannot be sent.</exception>
    public Task<bool> SendEventAsync<T>(
        string agentId, string eventType, T value, JsonTypeInfo<T> typeInfo, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);

        // Compact whatever the contract says: agents drop the white space of indented lines.
        ArrayBufferWriter<byte> data = new();
        Payload.Write(data, value, typeInfo);
        return SendEventAsync(agentId, eventType, data.WrittenMemory, cancellationToken);
    }

    /// <summary>Finds one agent.</summary>
    /// <param name="agentId">The agent.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <returns>The agent; <see langword="null"/> when nothing is known of one of that id.</returns>
    /// <exception cref="ControlStoreException">The store failed.</exception>
    public virtual Task<AgentInfo?> FindAgentAsync(string agentId, CancellationToken cancellationToken = default) => throw NotSupported();

    /// <summary>Lists all agents by id: those that have been here since the start, that have a key in a key file, or for which something
    /// is pending.</summary>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <exception cref="ControlStoreException">The store failed.</exception>
    public virtual Task<IReadOnlyList<AgentInfo>> GetAgentsAsync(CancellationToken cancellationToken = default) => throw NotSupported();

    /// <summary>Follows the agents: all of them at first, then what changed, at most five times a second. A reader that is slow gets
    /// later what has changed until then.</summary>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <exception cref="ControlStoreException">The store failed.</exception>
    public virtual IAsyncEnumerable<AgentChanges> FollowAgentsAsync(CancellationToken cancellationToken = default) => throw NotSupported();

    /// <summary>Lists an agent's controls: those that are pending, in order, then those that ended last, oldest first.</summary>
    /// <param name="agentId">The agent.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <exception cref="ControlStoreException">The store failed.</exception>
    public virtual Task<IReadOnlyList<ControlRecord>> GetControlsAsync(string agentId, CancellationToken cancellationToken = default) =>
        throw NotSupported();

    /// <summary>Follows each change of a control's state on this node, from the call of <c>GetAsyncEnumerator</c> on.</summary>
    /// <param name="agentId">The agent; <see langword="null"/> follows all.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <exception cref="InvalidOperationException">The reader is more than 4,096 changes late: it has missed some.</exception>
    public virtual IAsyncEnumerable<ControlRecord> FollowControlsAsync(
        string? agentId = null, CancellationToken cancellationToken = default) => throw NotSupported();

    /// <summary>Ends at once what an agent has open: its stream, its long-polls and its syncs, which are answered with 401. Call it after
    /// the agent's key was replaced or its access has ended.</summary>
    /// <param name="agentId">The agent; one that is not known is ignored.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public virtual Task DisconnectAsync(string agentId, CancellationToken cancellationToken = default) => throw NotSupported();

    /// <summary>Ends what an agent has open and forgets the agent with all of its controls. It is known again when it
    /// comes again.</summary>
    /// <param name="agentId">The agent; one that is not known is ignored.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <exception cref="ControlStoreException">The store failed.</exception>
    public virtual Task RemoveAgentAsync(string agentId, CancellationToken cancellationToken = default) => throw NotSupported();

    private NotSupportedException NotSupported() => new($"{GetType().Name} does not override this member of {nameof(AgentHub)}.");
}
