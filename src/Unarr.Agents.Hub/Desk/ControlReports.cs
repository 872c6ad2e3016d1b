using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Handling;
using Unarr.Agents.Hub.Observing;
using Unarr.Agents.Hub.Signals;

namespace Unarr.Agents.Hub.Desk;

/// <summary>Reports what has changed among the controls to whoever has to know: the agent's stream, the followers, the application's
/// handler, the metrics and the other nodes.</summary>
internal sealed class ControlReports(
    AgentDirectory agents, ControlFollowers followers, HandlerCalls handler, NodeSignals signals, HubInstruments instruments)
{
    /// <summary>Controls were queued for an agent.</summary>
    /// <param name="records">The controls, without sequences.</param>
    /// <param name="result">What the store answered.</param>
    /// <param name="ackWithin">Over how many milliseconds the agents are to spread what they acknowledge; 0 for a push to few.</param>
    public void Pushed(ArraySegment<ControlRecord> records, PushResult result, int ackWithin)
    {
        agents.Find(result.AgentId)?.Pushed(ackWithin);
        instruments.Pushed(records.Count);
        if (followers.AreThere(result.AgentId))
        {
            long before = Math.Max(result.LastSequence - records.Count, 0);
            foreach ((int index, ControlRecord record) in records.Index())
            {
                followers.Publish(result.LastSequence == 0 ? record : record with { Sequence = before + index + 1 });
            }
        }

        signals.Publish(AgentSignalKind.Pushed, result.AgentId, result.LastSequence);
    }

    /// <summary>The store has changed controls of an agent.</summary>
    public void Updated(string agentId, IReadOnlyList<ControlRecord> changed)
    {
        if (changed.Count == 0)
        {
            return;
        }

        ControlRecord[] ended = [.. changed.Where(record => record.IsEnded)];
        if (ended.Length > 0)
        {
            agents.Find(agentId)?.Order.Forget(null, ended.Select(record => record.Id));
        }

        foreach (ControlRecord record in changed)
        {
            followers.Publish(record);
            followers.Report(record);
        }

        foreach (ControlRecord record in ended)
        {
            // "At most once": what replaces an outcome is no other end.
            if (record.PreviousState is ControlState.Expired or ControlState.Withdrawn)
            {
                continue;
            }

            instruments.Ended(record);
            if (handler.HearsEnds)
            {
                handler.Ended(agents.GetOrAdd(agentId), record);
            }
        }

        agents.Changes.Raise();
        signals.Publish(AgentSignalKind.Taken, agentId, 0);
    }
}
