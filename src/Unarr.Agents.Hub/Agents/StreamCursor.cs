using Unarr.Agents.Hub.Controls;

namespace Unarr.Agents.Hub.Agents;

/// <summary>How far one stream has come: the ids that it has sent and that are still pending, in their order.</summary>
/// <remarks>It is guarded by the <see cref="DeliveryOrder"/> of its agent.</remarks>
internal sealed class StreamCursor
{
    // Ids that are no longer pending leave the set at once, and the list when they come to its end or are most of it.
    // Most streams carry nothing most of the time.
    private List<ControlPlace>? _order;
    private HashSet<string>? _sent;

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
            while (_order is { Count: > 0 } && !HasSent(_order[^1].Id))
            {
                _order.RemoveAt(_order.Count - 1);
            }

            return _order is { Count: > 0 } ? _order[^1] : null;
        }
    }

    public bool HasSent(string id) => _sent?.Contains(id) == true;

    public void Add(IEnumerable<ControlPlace> places)
    {
        _order ??= [];
        _sent ??= new HashSet<string>(StringComparer.Ordinal);
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
        if (_order is null || _sent is null)
        {
            return;
        }

        foreach (string id in ids)
        {
            _sent.Remove(id);
        }

        if (_sent.Count == 0)
        {
            (_order, _sent) = (null, null);
        }
        else if (_order.Count > 64 + (2 * _sent.Count))
        {
            _order.RemoveAll(place => !HasSent(place.Id));
        }
    }
}
