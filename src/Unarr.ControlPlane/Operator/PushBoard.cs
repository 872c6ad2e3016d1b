using Unarr.Agents.Hub.Controls;
using Unarr.Agents.Hub.Desk;

namespace Unarr.ControlPlane.Operator;

/// <summary>Follows the last pushes to many agents until each agent has an outcome. Any thread.</summary>
/// <remarks>It is in memory: a push from before the start is in the agents' own controls, and in the audit log.</remarks>
internal sealed class PushBoard : IDisposable
{
    /// <summary>How many pushes are followed; a further one takes the place of the oldest.</summary>
    public const int MaxPushes = 32;

    /// <summary>How many controls of all these pushes are followed; the newest push is always.</summary>
    public const int MaxControls = 4 * PushToManyRequest.MaxControls;

    private readonly Lock _gate = new();
    private readonly ControlFollowers _followers;
    private readonly WatchedControlStore _store;
    private readonly TimeProvider _time;
    private readonly bool _hasManyNodes;
    private readonly List<TrackedPush> _pushes = [];
    private readonly Dictionary<string, Place> _places = new(StringComparer.Ordinal);

    // What changes while a push is stored, before its ids are known here.
    private readonly Dictionary<string, ControlRecord> _early = new(StringComparer.Ordinal);
    private int _underWay;

    public PushBoard(ControlFollowers followers, WatchedControlStore store, AgentHubSettings settings, TimeProvider time)
    {
        _followers = followers;
        _store = store;
        _time = time;
        _hasManyNodes = settings.HasManyNodes;
        followers.Changed += Take;
    }

    /// <summary>Begins to follow a push that is about to be made.</summary>
    public Watch Begin()
    {
        lock (_gate)
        {
            _underWay++;
        }

        return new Watch(this);
    }

    /// <summary>The pushes, newest first.</summary>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    public async Task<IReadOnlyList<PushSummaryView>> ListAsync(CancellationToken cancellationToken)
    {
        TrackedPush[] all;
        lock (_gate)
        {
            all = [.. _pushes];
        }

        foreach (TrackedPush push in all)
        {
            await LookAsync(push, cancellationToken).ConfigureAwait(false);
        }

        lock (_gate)
        {
            return [.. _pushes.Select(static push => push.ToSummary()).Reverse()];
        }
    }

    /// <summary>A push with the outcomes of its agents; <see langword="null"/> when it is not followed.</summary>
    /// <param name="id">The push.</param>
    /// <param name="outcome">Which outcomes are listed; <see langword="null"/> for all.</param>
    /// <param name="count">How many are listed at most.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    public async Task<PushDetailView?> ShowAsync(string id, string? outcome, int count, CancellationToken cancellationToken)
    {
        if (Find(id) is not { } push)
        {
            return null;
        }

        await LookAsync(push, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            return new PushDetailView(push.ToSummary(), [.. push.Agents
                .Select(static agent => new PushResultView(agent.AgentId, agent.Outcome, agent.Ids, agent.ChangedAt, agent.Error))
                .Where(result => outcome is null || result.Outcome == outcome)
                .OrderBy(static result => PushOutcome.RankOf(result.Outcome))
                .ThenBy(static result => result.Agent, StringComparer.Ordinal)
                .Take(count)]);
        }
    }

    /// <summary>The controls of a push that may still be pending; <see langword="null"/> when it is not followed.</summary>
    public IReadOnlyList<(string AgentId, string ControlId)>? OpenOf(string id)
    {
        if (Find(id) is not { } push)
        {
            return null;
        }

        lock (_gate)
        {
            return [.. push.Agents.SelectMany(static agent => agent.OpenIds.Select(control => (agent.AgentId, control)))];
        }
    }

    public void Dispose() => _followers.Changed -= Take;

    private TrackedPush? Find(string id)
    {
        lock (_gate)
        {
            return _pushes.Find(push => push.Id == id);
        }
    }

    private void Take(ControlRecord record)
    {
        string id = record.Control.Id ?? "";
        lock (_gate)
        {
            if (_places.TryGetValue(id, out Place place))
            {
                place.Agent.Take(place.Index, record);
            }
            else if (_underWay > 0 && _early.Count < MaxControls)
            {
                _early[id] = record;
            }
        }
    }

    private string Add(
        string operatorName, PushToManyRequest request, DateTimeOffset? expiresAt, bool isRepeatable, IReadOnlyList<PushResult> results)
    {
        lock (_gate)
        {
            // Repeated under its idempotency key: it is the push that is followed already.
            if (results.SelectMany(static result => result.ControlIds).FirstOrDefault() is { } first
                && _places.TryGetValue(first, out Place known))
            {
                return known.Push.Id;
            }

            TrackedPush push = new()
            {
                Id = Guid.CreateVersion7(_time.GetUtcNow()).ToString("N"),
                At = _time.GetUtcNow(),
                Operator = operatorName,
                Request = request,
                ExpiresAt = expiresAt,
                IsRepeatable = isRepeatable,
                Agents = [.. results.Select(static result => new PushedAgent(result))],
            };
            _pushes.Add(push);
            foreach (PushedAgent agent in push.Agents)
            {
                foreach ((int index, string id) in agent.Ids.Index())
                {
                    _places[id] = new Place(push, agent, index);
                    if (_early.TryGetValue(id, out ControlRecord? early))
                    {
                        agent.Take(index, early);
                    }
                }
            }

            while (_pushes.Count > MaxPushes || (_pushes.Count > 1 && _places.Count > MaxControls))
            {
                Forget(_pushes[0]);
            }

            return push.Id;
        }
    }

    private void Forget(TrackedPush push)
    {
        _pushes.Remove(push);
        foreach (string id in push.Agents.SelectMany(static agent => agent.Ids))
        {
            _places.Remove(id);
        }
    }

    private void End()
    {
        lock (_gate)
        {
            if (--_underWay == 0)
            {
                _early.Clear();
            }
        }
    }

    /// <summary>Looks in the store for what has become of the controls that are open here. What happened on another node, or before a
    /// repeated push, was not heard of here.</summary>
    private async Task LookAsync(TrackedPush push, CancellationToken cancellationToken)
    {
        if (!_hasManyNodes && !push.IsRepeatable)
        {
            return;
        }

        PushedAgent[] open;
        lock (_gate)
        {
            open = [.. push.Agents.Where(static agent => agent.OpenIds.Any())];
        }

        foreach (PushedAgent agent in open)
        {
            string[] ids;
            lock (_gate)
            {
                ids = [.. agent.OpenIds];
            }

            Dictionary<string, ControlRecord>? ended = null;
            foreach (string id in ids)
            {
                if (await _store.FindPendingAsync(agent.AgentId, id, cancellationToken).ConfigureAwait(false) is null)
                {
                    ended ??= (await _store.GetEndedAsync(agent.AgentId, cancellationToken).ConfigureAwait(false))
                        .ToDictionary(static record => record.Control.Id ?? "", StringComparer.Ordinal);
                    if (ended.TryGetValue(id, out ControlRecord? record))
                    {
                        Take(record with { IsEnded = true });
                    }
                }
            }
        }
    }

    /// <summary>Where a control is in a push.</summary>
    private readonly record struct Place(TrackedPush Push, PushedAgent Agent, int Index);

    /// <summary>Follows a push from before it is made.</summary>
    public sealed class Watch(PushBoard board) : IDisposable
    {
        /// <summary>Notes what the push has queued.</summary>
        /// <returns>The push's id.</returns>
        public string Add(
            string operatorName, PushToManyRequest request, DateTimeOffset? expiresAt, bool isRepeatable,
            IReadOnlyList<PushResult> results) => board.Add(operatorName, request, expiresAt, isRepeatable, results);

        public void Dispose() => board.End();
    }
}
