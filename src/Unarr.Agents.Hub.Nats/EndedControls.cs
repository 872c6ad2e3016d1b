using System.Collections.Concurrent;
using System.Diagnostics;

namespace Unarr.Agents.Hub.Nats;

/// <summary>Moves controls that ended from their agents' documents to the stream of ended ones: published first, dropped then.</summary>
/// <remarks>The node that ended a control publishes it at once. What another node has left in a document is published after 5 s.</remarks>
internal sealed class EndedControls(DocumentLink link, DocumentCache cache, ILogger logger)
{
    private static readonly TimeSpan PublishTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LeftBehind = TimeSpan.FromSeconds(5);


    private readonly ConcurrentDictionary<string, HashSet<(string Id, ControlState State)>> _published = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _seenSince = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _underWay = new(StringComparer.Ordinal);

    /// <summary>The next write of a document drops what was published; where none comes, one is made after this time.</summary>
    public TimeSpan DropAfter { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Writes an agent's document without a change of its own.</summary>
    public Func<string, Task>? WriteAsync { get; set; }

    /// <summary>Drops from a draft what is known to be in the stream.</summary>
    public void DropFrom(string agentId, DocumentDraft draft)
    {
        if (_published.TryGetValue(agentId, out HashSet<(string, ControlState)>? published))
        {
            lock (published)
            {
                draft.Drop(published);
            }
        }
    }

    /// <summary>A document of this node was stored.</summary>
    public void Stored(string agentId, PendingDocument document)
    {
        if (document.Mark.Ended > 0)
        {
            if (_underWay.TryAdd(agentId, 0))
            {
                _ = PublishAsync(agentId);
            }
        }
        else
        {
            _published.TryRemove(agentId, out _);
        }
    }

    /// <summary>Looks for what other nodes have left behind, until cancelled.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromSeconds(1 + Random.Shared.NextDouble()), cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach ((string agentId, PendingDocument document) in cache.All)
            {
                if (document.Mark.Ended == 0)
                {
                    _seenSince.TryRemove(agentId, out _);
                }
                else if (Stopwatch.GetElapsedTime(_seenSince.GetOrAdd(agentId, static _ => Stopwatch.GetTimestamp())) > LeftBehind
                    && _underWay.TryAdd(agentId, 0))
                {
                    _seenSince.TryRemove(agentId, out _);
                    _ = PublishAsync(agentId);
                }
            }
        }
    }

    private async Task PublishAsync(string agentId)
    {
        try
        {
            HashSet<(string, ControlState)> published = _published.GetOrAdd(agentId, static _ => []);
            ulong seen;
            do
            {
                PendingDocument document = cache.Find(agentId);
                seen = document.Revision;
                foreach (ControlRecord record in document.Content.Ended)
                {
                    using CancellationTokenSource answer = new(PublishTime);
                    bool isThere = Contains(published, record)
                        || await link.TryPublishEndedAsync(agentId, record, answer.Token).ConfigureAwait(false);
                    if (!isThere)
                    {
                        return;
                    }

                    lock (published)
                    {
                        published.Add((record.Id, record.State));
                    }
                }
            }
            while (cache.Find(agentId).Revision != seen);
            await Task.Delay(DropAfter).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            FleetLog.EndedNotPublished(logger, exception);
            return;
        }
        finally
        {
            _underWay.TryRemove(agentId, out _);
        }

        await DropAsync(agentId).ConfigureAwait(false);
    }

    private async Task DropAsync(string agentId)
    {
        if (cache.Find(agentId).Mark.Ended == 0)
        {
            return;
        }

        try
        {
            await WriteAsync!(agentId).ConfigureAwait(false);
        }
        catch (ControlStoreException exception)
        {
            FleetLog.EndedNotPublished(logger, exception);
        }
    }

    private static bool Contains(HashSet<(string, ControlState)> published, ControlRecord record)
    {
        lock (published)
        {
            return published.Contains((record.Id, record.State));
        }
    }
}
