using Unarr.Agents.Hub.Controls;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub.Desk;

/// <summary>Finds what an earlier push with the same idempotency key has queued.</summary>
internal sealed class FirstPush(ControlStore store)
{
    /// <summary>Pushes with one key go one after the other on this node; between nodes the store's order decides.</summary>
    public KeyTurns Turns { get; } = new();

    /// <returns>The first outcome; <see langword="null"/> when the store knows none of the controls.</returns>
    /// <exception cref="ArgumentException">The first push had other controls.</exception>
    public async ValueTask<PushResult?> FindAsync(IReadOnlyList<ControlRecord> controls, CancellationToken cancellationToken)
    {
        string agentId = controls[0].AgentId;
        Dictionary<string, ControlRecord> there = new(StringComparer.Ordinal);
        foreach (ControlRecord record in await store.GetEndedAsync(agentId, cancellationToken).ConfigureAwait(false))
        {
            there[record.Id] = record;
        }

        foreach (ControlRecord record in await store.GetPendingAsync(
            agentId, 0, QueueSize.MaxControls, cancellationToken).ConfigureAwait(false))
        {
            there[record.Id] = record;
        }

        ControlRecord? first = null;
        foreach (ControlRecord control in controls)
        {
            if (there.TryGetValue(control.Id, out ControlRecord? record) && record.State != ControlState.Unreadable)
            {
                first ??= record;
                if (!IsSame(control.Control, record.Control))
                {
                    throw new ArgumentException("The idempotency key was used for a push of other controls.");
                }
            }
        }

        return first is null ? null : new PushResult
        {
            AgentId = agentId,
            Status = PushStatus.Queued,
            ControlIds = [.. controls.Select(control => control.Id)],
            LastSequence = there.TryGetValue(controls[^1].Id, out ControlRecord? last) ? last.Sequence : 0,
        };
    }

    private static bool IsSame(Control one, Control other) =>
        (one.Action, one.TaskId, one.DeleteFiles) == (other.Action, other.TaskId, other.DeleteFiles)
            && one.Parameters.Span.SequenceEqual(other.Parameters.Span);
}
