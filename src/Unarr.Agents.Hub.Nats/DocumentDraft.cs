using Unarr.Agents.Hub.Controls;

namespace Unarr.Agents.Hub.Nats;

/// <summary>A document that is being changed, by one write after the other.</summary>
internal sealed class DocumentDraft
{
    // A document's next revision is higher, and no document has more controls: so sequences go up, also after it was purged.
    private const long SequencesOfRevision = QueueSize.MaxControls;

    private readonly List<ControlRecord> _pending;
    private readonly List<ControlRecord> _ended;
    private readonly long _firstSequence;
    private readonly IReadOnlySet<string> _endedBefore;
    private QueueSize? _size;
    private int _added;

    /// <param name="document">The document.</param>
    /// <param name="endedBefore">The ids of controls that have left the document: none of them is added again.</param>
    public DocumentDraft(PendingDocument document, IReadOnlySet<string> endedBefore)
    {
        Base = document;
        _endedBefore = endedBefore;
        _pending = [.. document.Content.Pending];
        _ended = [.. document.Content.Ended];
        _firstSequence = Math.Max(checked((long)document.Revision * SequencesOfRevision), document.Mark.LastSequence) + 1;
    }

    public PendingDocument Base { get; }

    public bool IsChanged { get; private set; }

    /// <summary>The sequence of the first control that was added; <see cref="long.MaxValue"/> when none was.</summary>
    public long AddedFrom => _added > 0 ? _firstSequence : long.MaxValue;

    public DocumentContent Content => new(_pending, _ended);

    public PushResult Add(PushGroup group, int maxPending)
    {
        if (LastOf(group) is { } there)
        {
            return group.Queued(there);
        }

        QueueSize size = _size ??= QueueSize.Of(_pending);
        QueueSize further = QueueSize.Of(group.Controls);
        if (size.Refuse(further, maxPending) is { } refusal)
        {
            return group.Refused(refusal);
        }

        foreach (ControlRecord record in group.Controls)
        {
            _pending.Add(record with { Sequence = _firstSequence + _added++ });
        }

        _size = size + further;
        IsChanged = true;
        return group.Queued(_pending[^1].Sequence);
    }

    /// <summary>Sets states.</summary>
    /// <returns>What was changed, and the updates of controls that are not here.</returns>
    public UpdateOutcome Update(IReadOnlyList<ControlUpdate> updates)
    {
        List<ControlRecord> changed = [];
        List<ControlUpdate> elsewhere = [];
        Dictionary<string, ControlRecord> pending = _pending.ToDictionary(static record => record.Id, StringComparer.Ordinal);
        HashSet<string> ended = new(StringComparer.Ordinal);
        foreach (ControlUpdate update in updates)
        {
            if (pending.TryGetValue(update.ControlId, out ControlRecord? record))
            {
                ControlRecord now = record.Apply(update);
                changed.Add(now);
                pending[update.ControlId] = now with { PreviousState = ControlState.None };
                if (now.IsEnded)
                {
                    ended.Add(update.ControlId);
                    pending.Remove(update.ControlId);
                    _ended.Add(now with { PreviousState = ControlState.None });
                }
            }
            else if (_ended.FindLastIndex(entry => entry.Id == update.ControlId) is >= 0 and int place)
            {
                if (ControlChange.Replaces(_ended[place].State, update.State))
                {
                    ControlRecord now = _ended[place].Apply(update);
                    changed.Add(now);
                    _ended[place] = now with { PreviousState = ControlState.None };
                }
            }
            else if (update.Ends)
            {
                elsewhere.Add(update);
            }
        }

        if (changed.Count > 0)
        {
            IsChanged = true;
            _pending.RemoveAll(record => ended.Contains(record.Id));
            for (int i = 0; i < _pending.Count; i++)
            {
                _pending[i] = pending[_pending[i].Id];
            }

            _size = ended.Count > 0 ? null : _size;
        }

        return new UpdateOutcome(changed, elsewhere);
    }

    /// <summary>Makes it a change: where it is stored, nothing else was stored since its base.</summary>
    public void Confirm() => IsChanged = true;

    /// <summary>Drops ended controls that are in the stream of ended ones, with these outcomes.</summary>
    public void Drop(IReadOnlyCollection<(string Id, ControlState State)> published)
    {
        IsChanged |= _ended.RemoveAll(record => published.Contains((record.Id, record.State))) > 0;
    }

    /// <summary>Drops everything.</summary>
    public void Clear()
    {
        IsChanged |= _pending.Count > 0 || _ended.Count > 0;
        _pending.Clear();
        _ended.Clear();
        _size = null;
    }

    /// <summary>The last sequence of a push that is here already; <see langword="null"/> when it is not.</summary>
    private long? LastOf(PushGroup group)
    {
        string first = group.Controls[0].Id;
        string last = group.Controls[^1].Id;
        bool isHere = _pending.Concat(_ended).Any(record => record.Id == first || record.Id == last);
        return isHere || _endedBefore.Contains(first) || _endedBefore.Contains(last)
            ? _pending.Concat(_ended).LastOrDefault(record => record.Id == last)?.Sequence ?? 0
            : null;
    }
}
