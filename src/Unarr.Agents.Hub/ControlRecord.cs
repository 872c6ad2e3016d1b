using System.Text.Json.Serialization;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub;

/// <summary>A control in the store.</summary>
public sealed record ControlRecord
{
    private int _writtenBytes;

    /// <summary>The agent that it is for.</summary>
    public required string AgentId { get; init; }

    /// <summary>The control, with its <see cref="Control.Id"/> and when it was pushed.</summary>
    public required Control Control { get; init; }

    /// <summary>Its place in the agent's order, from 1: a control that is pushed later has a higher number.
    /// 0 where the store has given it none.</summary>
    public long Sequence { get; init; }

    /// <summary>How far it has come.</summary>
    public ControlState State { get; init; }

    /// <summary>The state before this change; <see cref="ControlState.None"/> where no change is reported.</summary>
    public ControlState PreviousState { get; init; }

    /// <summary>Whether it has ended. Only one that is <see cref="ControlState.Pending"/> or <see cref="ControlState.HandedOut"/> can be
    /// pending still.</summary>
    public bool IsEnded { get; init; }

    /// <summary>Since when it is in its state.</summary>
    public DateTimeOffset ChangedAt { get; init; }

    /// <summary>When it expires; <see langword="null"/> when it does not.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Why it failed or cannot be read; otherwise <see langword="null"/>.</summary>
    public string? Error { get; init; }

    /// <summary>The control's id, which no other control of the agent has.</summary>
    [JsonIgnore]
    internal string Id => Control.Id ?? throw new InvalidOperationException("A stored control has an id.");

    /// <summary>How many bytes the control is as written: what counts for the bound of an agent's queue.</summary>
    [JsonIgnore]
    internal int WrittenBytes
    {
        get => _writtenBytes > 0 ? _writtenBytes : _writtenBytes = StoredControl.Length(Control);
        init => _writtenBytes = value;
    }

    /// <summary>Returns whether another record has the same members.</summary>
    /// <param name="other">The other record.</param>
    public bool Equals(ControlRecord? other) => other is not null
        && (AgentId, Sequence, State, PreviousState) == (other.AgentId, other.Sequence, other.State, other.PreviousState)
        && (IsEnded, ChangedAt, ExpiresAt, Error) == (other.IsEnded, other.ChangedAt, other.ExpiresAt, other.Error)
        && Control.Equals(other.Control);

    /// <summary>Returns a hash code of the members.</summary>
    public override int GetHashCode() => HashCode.Combine(AgentId, Control, Sequence, State, ChangedAt);
}
