using System.Threading.Channels;

namespace Unarr.Agents.Hub.Desk;

/// <summary>Somebody who follows the controls' changes: a bounded mailbox and its reader. Only the reader's own calls are not
/// thread-safe.</summary>
internal sealed class ControlFollower : IAsyncEnumerator<ControlRecord>
{
    private readonly Channel<ControlRecord> _changes = Channel.CreateBounded<ControlRecord>(
        new BoundedChannelOptions(ControlFollowers.MaxLate) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly ControlFollowers _followers;
    private readonly string? _agentId;
    private readonly CancellationTokenSource _stop;
    private ControlRecord? _current;

    /// <param name="followers">Where it is one of.</param>
    /// <param name="agentId">Of which agent; <see langword="null"/> for all.</param>
    /// <param name="stop">Ends the enumeration; disposed with it.</param>
    public ControlFollower(ControlFollowers followers, string? agentId, CancellationTokenSource stop)
    {
        _followers = followers;
        _agentId = agentId;
        _stop = stop;
    }

    public ControlRecord Current => _current ?? throw new InvalidOperationException("The enumeration has not begun.");

    public bool Wants(string agentId) => _agentId is null || _agentId == agentId;

    /// <summary>Takes a change.</summary>
    /// <returns><see langword="false"/> when it has no room for it: it is ended with that.</returns>
    public bool TryTake(ControlRecord change)
    {
        if (_changes.Writer.TryWrite(change))
        {
            return true;
        }

        _changes.Writer.TryComplete(new InvalidOperationException(
            $"The reader of the controls' changes is more than {ControlFollowers.MaxLate} of them late."));
        return false;
    }

    public async ValueTask<bool> MoveNextAsync()
    {
        _stop.Token.ThrowIfCancellationRequested();
        ControlRecord? change;
        while (!_changes.Reader.TryRead(out change))
        {
            if (!await _changes.Reader.WaitToReadAsync(_stop.Token).ConfigureAwait(false))
            {
                return false;
            }
        }

        _current = change;
        return true;
    }

    public ValueTask DisposeAsync()
    {
        _followers.Remove(this);
        _changes.Writer.TryComplete();
        _stop.Dispose();
        return ValueTask.CompletedTask;
    }
}
