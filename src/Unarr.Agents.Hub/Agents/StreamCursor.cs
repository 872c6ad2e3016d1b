using Unarr.Agents.Hub.Controls;

namespace Unarr.Agents.Hub.Agents;

/// <summary>How far one stream has come: the ids that it has sent and that are still pending, in their order.</summary>
/// <remarks>It is guarded by the <see cref="DeliveryOrder"/> of its agent.</remarks>
internal sealed class StreamCursor
{
    // Ids that are no longer pending leave the set at once, and the list when they come to its end or are most of it.
    private readonly List<ControlPlace> _order = [];
    private readonly HashSet<string> _sent = new(StringComparer.Ordinal);

    /// <param name="after">
    /// What the agent has taken in: an id, or empty. <see langword="null"/> for an agent that does not say it: its stream is held until its
    /// order is safe.
    /// </param>
    public StreamCursor(string? after)
    {
        State = after is null ? CursorState.Held : CursorState.Carrying;
        NeedsSync = after is null;
        if (after is { Length: > 0 })
        {
            Add([new ControlPlace(after)]);
        }
    }

    /// <summary>Whether the agent does not say where it is.</summary>
    public bool NeedsSync { get; }

    public CursorState State { get; set; }

    /// <summary>The last id that was sent and is still pending; <see langword="null"/> when there is none.</summary>
    public ControlPlace? Last
    {
        get
        {
            while (_order.Count > 0 && !_sent.Contains(_order[^1].Id))
            {
                _order.RemoveAt(_order.Count - 1);
            }

            return _order.Count > 0 ? _order[^1] : null;
        }
    }

    public bool HasSent(string id) => _sent.Contains(id);

    public void Add(IEnumerable<ControlPlace> places)
    {
        foreach (ControlPlace place in places)
        {
            if (_sent.Add(place.Id))
            {
                _order.Add(place);
            }
        }
    }

    public void Forget(IEnumerable<string> ids)
    {
        foreach (string id in ids)
        {
            _sent.Remove(id);
        }

        if (_order.Count > 64 + (2 * _sent.Count))
        {
            _order.RemoveAll(place => !_sent.Contains(place.Id));
        }
    }
}
