using Unarr.Agents.Protocol;
using Unarr.ControlPlane.Audit;

namespace Unarr.ControlPlane.Operator;

/// <summary>What is known of a request of an operator by the time that it ends: an entry of the audit log in the making.</summary>
internal sealed class AuditNote
{
    /// <summary>The agents that it is for.</summary>
    public IReadOnlyCollection<string> Agents { get; set; } = [];

    /// <summary>How the agents were chosen; <see langword="null"/> for a list.</summary>
    public string? Chosen { get; set; }

    /// <summary>What is pushed.</summary>
    public IReadOnlyList<Control> Controls { get; set; } = [];

    /// <summary>When what is pushed expires.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>The ids of the controls.</summary>
    public IReadOnlyCollection<string> ControlIds { get; set; } = [];

    /// <summary>One of <see cref="AuditOutcome"/>.</summary>
    public string Outcome { get; set; } = AuditOutcome.Done;

    /// <summary>For how many of the agents it was done; <see langword="null"/> for all.</summary>
    public int? DoneCount { get; set; }

    /// <summary>Why it was refused, or failed.</summary>
    public string? Reason { get; set; }

    /// <summary>Notes what became of a push.</summary>
    public void Take(IReadOnlyList<PushResult> results)
    {
        PushResult[] queued = [.. results.Where(static result => result.Status == PushStatus.Queued)];
        ControlIds = [.. queued.SelectMany(static result => result.ControlIds).Take(AuditEntry.MaxNamed)];
        if (queued.Length == results.Count)
        {
            return;
        }

        DoneCount = queued.Length;
        Outcome = queued.Length == 0 ? AuditOutcome.Refused : AuditOutcome.Partly;
        Reason = PushedToOneView.From(results.First(static result => result.Status != PushStatus.Queued)).Error;
    }
}
