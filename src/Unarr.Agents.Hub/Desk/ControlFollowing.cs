namespace Unarr.Agents.Hub.Desk;

/// <summary>The controls' changes, for each enumerator from its making on.</summary>
internal sealed class ControlFollowing(ControlFollowers followers, string? agentId, CancellationToken stop)
    : IAsyncEnumerable<ControlRecord>
{
    public IAsyncEnumerator<ControlRecord> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        ControlFollower follower = new(followers, agentId, CancellationTokenSource.CreateLinkedTokenSource(stop, cancellationToken));
        followers.Add(follower);
        return follower;
    }
}
