namespace Unarr.Agents.Hub.Desk;

/// <summary>Whoever follows the controls' changes: each has a bounded mailbox, and one that is too slow is ended.</summary>
internal sealed class ControlFollowers
{
    /// <summary>How many changes a follower may be late.</summary>
    public const int MaxLate = 4096;

    private readonly Lock _gate = new();
    private volatile ControlFollower[] _followers = [];

    /// <summary>Is called with each change, except for a push; it must not wait.</summary>
    public event Action<ControlRecord>? Changed;

    /// <summary>How many there are.</summary>
    public int Count => _followers.Length;

    /// <summary>Whether anybody follows the agent's controls.</summary>
    public bool AreThere(string agentId) => Array.Exists(_followers, follower => follower.Wants(agentId));

    /// <summary>Reports a change to whoever wants it; never waits.</summary>
    public void Publish(ControlRecord change)
    {
        foreach (ControlFollower follower in _followers)
        {
            if (follower.Wants(change.AgentId) && !follower.TryTake(change))
            {
                Remove(follower);
            }
        }
    }

    /// <summary>Calls <see cref="Changed"/>.</summary>
    public void Report(ControlRecord change) => Changed?.Invoke(change);

    public void Add(ControlFollower follower)
    {
        lock (_gate)
        {
            _followers = [.. _followers, follower];
        }
    }

    public void Remove(ControlFollower follower)
    {
        lock (_gate)
        {
            _followers = [.. _followers.Where(other => other != follower)];
        }
    }
}
