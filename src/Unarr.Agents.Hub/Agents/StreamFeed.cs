using Unarr.Agents.Hub.Controls;


namespace Unarr.Agents.Hub.Agents;

/// <summary>Reads from the store what one stream is to carry next: every pending control that it has not sent,
/// in the store's order.</summary>
internal sealed class StreamFeed(string agentId, DeliveryOrder order, PendingControls pending, string? after)
{
    private bool _hasLooked;
    private volatile bool _owesLook;

    public StreamCursor Cursor { get; } = new(after);

    /// <summary>Whether the last look failed: the stream is to look again at its next heartbeat.</summary>
    public bool OwesLook => _owesLook;

    public async ValueTask<StreamBatch> NextAsync()
    {
        try
        {
            StreamBatch batch = await ReadAsync().ConfigureAwait(false);
            _owesLook = false;
            return batch;
        }
        catch (ControlStoreException)
        {
            // The store has said it: to whoever pushes or syncs, in the log and at /health. The stream lives on until it works again.
            _owesLook = true;
            return StreamBatch.Nothing;
        }
    }

    private async ValueTask<StreamBatch> ReadAsync()
    {
        while (true)
        {
            StreamPosition position = order.PositionOf(Cursor);
            switch (position.State)
            {
                case CursorState.Closed:
                    return StreamBatch.Nothing;
                case CursorState.Held:
                    return await IsFreshAndFreeAsync(position.Epoch).ConfigureAwait(false)
                        ? StreamBatch.Nothing
                        : new StreamBatch([], SyncReason: "pending");
            }

            PendingPage page =
                await pending.ReadAsync(agentId, position.After, PageSize.Command, CancellationToken.None).ConfigureAwait(false);
            if (page.IsAfterGone)
            {
                order.Forget(Cursor, [position.After!.Value.Id]);
            }
            else if (page.Controls.Count == 0)
            {
                return StreamBatch.Nothing;
            }
            else if (order.TryAdvance(Cursor, page.Controls))
            {
                return new StreamBatch([.. page.Controls.Select(record => record.Control)], page.HasMore);
            }
        }
    }

    /// <summary>"A stream that opens while controls are pending carries <c>sync</c> instead of them":
    /// one that opens onto none is not held.</summary>
    private async ValueTask<bool> IsFreshAndFreeAsync(long epoch)
    {
        if (_hasLooked)
        {
            return false;
        }

        PendingPage page = await pending.ReadAsync(agentId, null, PageSize.One, CancellationToken.None).ConfigureAwait(false);
        _hasLooked = true;
        return page.Controls.Count == 0 && order.TryRelease(Cursor, epoch);
    }
}
