using Unarr.Agents.Hub.Lines;

namespace Unarr.ControlPlane.Operator;

/// <summary>A push to many agents and how far it has come. Its users hold the board's lock.</summary>
internal sealed class TrackedPush
{
    private const int MaxTexts = 8;

    public required string Id { get; init; }

    public required DateTimeOffset At { get; init; }

    public required string Operator { get; init; }

    public required PushToManyRequest Request { get; init; }

    public required DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Whether it has an idempotency key: its controls may have been queued, and have ended, before.</summary>
    public required bool IsRepeatable { get; init; }

    public required IReadOnlyList<PushedAgent> Agents { get; init; }

    /// <summary>How many controls it has queued.</summary>
    public int Controls => Agents.Sum(static agent => agent.Ids.Count);

    public PushSummaryView ToSummary()
    {
        Dictionary<string, int> outcomes = new(StringComparer.Ordinal);
        foreach (PushedAgent agent in Agents)
        {
            outcomes[agent.Outcome] = outcomes.GetValueOrDefault(agent.Outcome) + 1;
        }

        return new PushSummaryView
        {
            Id = Id,
            At = At,
            Operator = Operator,
            Chosen = Request.Chosen,
            Controls = [.. Request.Controls.Take(MaxTexts).Select(static control =>
                new PushedControlView(Shorten.Text(control.Action), Shorten.Text(control.TaskId), control.DeleteFiles))],
            ControlCount = Request.Controls.Count,
            ExpiresAt = ExpiresAt,
            AgentCount = Agents.Count,
            Outcomes = outcomes,
            IsDone = !outcomes.Keys.Any(PushOutcome.IsOpen),
        };
    }
}
