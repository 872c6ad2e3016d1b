using System.Collections.Concurrent;

namespace Unarr.Agents.Hub.Nats;

/// <summary>The documents of all agents, as far as this node has seen them. It only goes forward.</summary>
internal sealed class DocumentCache
{
    private readonly ConcurrentDictionary<string, PendingDocument> _documents = new(StringComparer.Ordinal);

    /// <summary>Is called when an agent's document has stepped forward, with whether it has controls now that are new here, and those not
    /// this node's own. It must only queue what is to be done.</summary>
    public Action<string, bool>? Stepped { get; set; }

    /// <summary>How many documents are not empty.</summary>
    public int Count => _documents.Values.Count(static document => document.Mark is not (0, 0, _, _));

    public IEnumerable<KeyValuePair<string, PendingDocument>> All => _documents;

    public PendingDocument Find(string agentId) =>
        _documents.TryGetValue(agentId, out PendingDocument? document) ? document : PendingDocument.Empty(agentId, 0);

    /// <summary>Takes a document that was read or written; an older one is ignored.</summary>
    /// <param name="agentId">The agent.</param>
    /// <param name="document">The document.</param>
    /// <param name="ownFrom">The first sequence that a write of this node has just added; <see cref="long.MaxValue"/> for none.</param>
    public void Step(string agentId, PendingDocument document, long ownFrom = long.MaxValue)
    {
        while (true)
        {
            if (!_documents.TryGetValue(agentId, out PendingDocument? known))
            {
                if (_documents.TryAdd(agentId, document))
                {
                    Report(agentId, null, document, ownFrom);
                    return;
                }
            }
            else if (document.Revision <= known.Revision)
            {
                return;
            }
            else if (_documents.TryUpdate(agentId, document, known))
            {
                Report(agentId, known, document, ownFrom);
                return;
            }
        }
    }

    /// <summary>Forgets all documents that are not among some: the bucket was read from its beginning.</summary>
    public void KeepOnly(IReadOnlySet<string> agentIds)
    {
        foreach ((string agentId, PendingDocument document) in _documents)
        {
            if (!agentIds.Contains(agentId) && _documents.TryRemove(new KeyValuePair<string, PendingDocument>(agentId, document)))
            {
                Stepped?.Invoke(agentId, false);
            }
        }
    }

    /// <summary>Forgets all documents: the bucket is another one.</summary>
    public void Clear() => _documents.Clear();

    private void Report(string agentId, PendingDocument? known, PendingDocument document, long ownFrom)
    {
        bool hasNew = document.Mark.LastSequence > (known?.Mark.LastSequence ?? 0);
        if (hasNew && document.Mark.LastSequence >= ownFrom)
        {
            // Own controls are announced by whoever pushed them; what others added on the way to this revision is not.
            long last = known?.Mark.LastSequence ?? 0;
            hasNew = document.Content.Pending.Any(record => record.Sequence > last && record.Sequence < ownFrom);
        }

        Stepped?.Invoke(agentId, hasNew);
    }
}
