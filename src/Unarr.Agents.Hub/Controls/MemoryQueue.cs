namespace Unarr.Agents.Hub.Controls;

/// <summary>One agent's controls in memory. Its users hold <see cref="Gate"/>.</summary>
/// <param name="maxEnded">How many ended controls are kept.</param>
internal sealed class MemoryQueue(int maxEnded)
{
    private readonly OrderedDictionary<string, ControlRecord> _pending = new(StringComparer.Ordinal);

    // Oldest first; a late acknowledgement is looked up by going through them, from the newest.
    private readonly List<ControlRecord> _ended = [];

    public Lock Gate { get; } = new();

    public bool IsRemoved { get; private set; }

    public QueueSize Size { get; private set; }

    public IReadOnlyList<ControlRecord> Ended => _ended;

    /// <summary>Adds controls; the last gets the sequence.</summary>
    public long Add(IReadOnlyList<ControlRecord> controls, QueueSize size, long lastSequence)
    {
        Size += size;
        for (int i = 0; i < controls.Count; i++)
        {
            _pending.Add(controls[i].Id, controls[i] with { Sequence = lastSequence - controls.Count + 1 + i });
        }

        return lastSequence;
    }

    public long? Find(string id) => _pending.TryGetValue(id, out ControlRecord? record) ? record.Sequence : null;

    public List<ControlRecord> ReadAfter(long sequence, int maxCount)
    {
        int start = FirstAfter(sequence);
        List<ControlRecord> page = new(Math.Min(maxCount, _pending.Count - start));
        for (int i = start; i < _pending.Count && page.Count < maxCount; i++)
        {
            page.Add(_pending.GetAt(i).Value);
        }

        return page;
    }

    /// <returns>The control as it now is; <see langword="null"/> when nothing was changed.</returns>
    public ControlRecord? Update(ControlUpdate update)
    {
        if (_pending.TryGetValue(update.ControlId, out ControlRecord? pending))
        {
            ControlRecord changed = pending.Apply(update);
            if (changed.IsEnded)
            {
                _pending.Remove(update.ControlId);
                Size -= new QueueSize(1, pending.WrittenBytes);
                End(changed);
            }
            else
            {
                _pending[update.ControlId] = changed with { PreviousState = ControlState.None };
            }

            return changed;
        }

        int ended = _ended.FindLastIndex(record => record.Id == update.ControlId);
        if (ended < 0 || !ControlChange.Replaces(_ended[ended].State, update.State))
        {
            return null;
        }

        ControlRecord replaced = _ended[ended].Apply(update);
        _ended[ended] = replaced with { PreviousState = ControlState.None };
        return replaced;
    }

    /// <summary>Empties the queue for good: nothing may be added to it any more.</summary>
    public void Remove()
    {
        IsRemoved = true;
        _pending.Clear();
        _ended.Clear();
        Size = default;
    }

    private void End(ControlRecord record)
    {
        _ended.Add(record with { PreviousState = ControlState.None });
        if (_ended.Count > maxEnded)
        {
            _ended.RemoveAt(0);
        }
    }

    /// <summary>The index of the first control after a sequence; they are in its order.</summary>
    private int FirstAfter(long sequence)
    {
        int low = 0;
        int high = _pending.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_pending.GetAt(middle).Value.Sequence > sequence)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }
}
