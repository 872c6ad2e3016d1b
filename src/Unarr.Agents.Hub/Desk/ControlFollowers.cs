using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Unarr.Agents.Hub.Desk;

/// <summary>Whoever follows the controls' changes: each has a bounded mailbox, and one that is too slow is ended.</summary>
internal sealed class ControlFollowers
{
    /// <summary>How many changes a follower may be late.</summary>
    public const int MaxLate = 4096;

    private readonly Lock _gate = new();
    private volatile ControlFollower[] _followers = [];

    /// <summary>Whether anybody follows the agent's controls.</summary>
    public bool AreThere(string agentId) => Array.Exists(_followers, follower => follower.Wants(agentId));

    /// <summary>Reports a change to whoever wants it; never waits.</summary>
    public void Publish(ControlRecord change)
    {
        foreach (ControlFollower follower in _followers)
        {
            if (follower.Wants(change.AgentId) && !follower.Changes.Writer.TryWrite(change))
            {
                follower.Changes.Writer.TryComplete(new InvalidOperationException(
                    $"The reader of the controls' changes is more than {MaxLate} of them late."));
            }
        }
    }

    public async IAsyncEnumerable<ControlRecord> FollowAsync(
        string? agentId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ControlFollower follower = new(agentId, Channel.CreateBounded<ControlRecord>(
            new BoundedChannelOptions(MaxLate) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait }));
        Set(() => [.. _followers, follower]);
        try
        {
            await foreach (ControlRecord change in follower.Changes.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return change;
            }
        }
        finally
        {
            Set(() => [.. _followers.Where(other => other != follower)]);
        }
    }

    private void Set(Func<ControlFollower[]> followers)
    {
        lock (_gate)
        {
            _followers = followers();
        }
    }
}
