namespace Unarr.ControlPlane.Operator;

/// <summary>An agent of a push to many, with what has become of its controls. Its users hold the board's lock.</summary>
internal sealed class PushedAgent
{
    private readonly string[] _outcomes;

    public PushedAgent(PushResult result)
    {
        AgentId = result.AgentId;
        Ids = result.ControlIds;
        Error = result.Status == PushStatus.Queued ? null : PushedToOneView.From(result).Error;
        _outcomes = result.Status switch
        {
            PushStatus.Queued => [.. Ids.Select(static _ => PushOutcome.Pending)],
            PushStatus.Full => [PushOutcome.Full],
            _ => [PushOutcome.Unknown],
        };
    }

    public string AgentId { get; }

    /// <summary>The ids of its controls; empty where none was queued.</summary>
    public IReadOnlyList<string> Ids { get; }

    /// <summary>Why none was queued, or one failed.</summary>
    public string? Error { get; private set; }

    /// <summary>When the outcome changed last.</summary>
    public DateTimeOffset? ChangedAt { get; private set; }

    /// <summary>One of <see cref="PushOutcome"/>.</summary>
    public string Outcome => _outcomes.Length == 1 ? _outcomes[0] : PushOutcome.Of(_outcomes);

    /// <summary>The ids of the controls that may still change.</summary>
    public IEnumerable<string> OpenIds => Ids.Where((_, index) => PushOutcome.IsOpen(_outcomes[index]));

    /// <summary>Notes a control's new state.</summary>
    public void Take(int index, ControlRecord record)
    {
        _outcomes[index] = PushOutcome.Of(record.State, record.IsEnded);
        ChangedAt = record.ChangedAt;
        Error = record.Error ?? Error;
    }
}
