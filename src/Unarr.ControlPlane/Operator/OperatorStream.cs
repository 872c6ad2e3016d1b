using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Unarr.Agents.Hub.Signals;
using Unarr.Pipelines.Signals;

namespace Unarr.ControlPlane.Operator;

/// <summary>Shows one operator the status of the agents: all of them at first, then those that changed,
/// however often they did in between.</summary>
/// <remarks>
/// Events: <c>agents</c> (all), <c>changed</c> (what differs from before) and <c>time</c> (a heartbeat that a script can see). Nothing is
/// queued: an event shows the status at the time when there is room for it.
/// </remarks>
internal sealed class OperatorStream(
    AgentBoard board, ChangeSignal changes, TimeSpan heartbeat, SteadyClock time, DateTimeOffset startedAt, bool hasManyNodes)
{
    /// <summary>The shortest time between two messages: changes in between go out together.</summary>
    public static readonly TimeSpan ShortestGap = TimeSpan.FromMilliseconds(200);

    // An agent that stops polling changes nothing by itself: that is seen by looking.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    // What changes on another node changes nothing here.
    private static readonly TimeSpan LookAtOthers = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Reconnection = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, AgentView> _shown = new(StringComparer.Ordinal);
    private Task _changed = Task.CompletedTask;
    private AgentView[] _agents = [];
    private long _lastShown;

    /// <summary>Looks at the agents.</summary>
    /// <exception cref="Agents.Hub.ControlStoreException">The store failed.</exception>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        _changed = changes.Next;
        _agents = [.. await board.ListAsync(cancellationToken).ConfigureAwait(false)];
    }

    /// <summary>The events, after a first look; they end when the operator may no longer see them.</summary>
    public async IAsyncEnumerable<SseItem<OperatorStreamView>> ReadAsync(
        Func<bool> mayGoOn, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        yield return Show("agents", ShowAll()) with { ReconnectionInterval = Reconnection };
        while (true)
        {
            await WaitAsync(cancellationToken).ConfigureAwait(false);
            if (!mayGoOn())
            {
                yield break;
            }

            await LookAsync(cancellationToken).ConfigureAwait(false);
            if (ShowChanges() is { } view)
            {
                yield return Show("changed", view);
            }
            else if (time.GetElapsedTime(_lastShown) >= heartbeat)
            {
                yield return Show("time", new OperatorStreamView { Now = time.WallNow() });
            }
        }
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        TimeSpan next = heartbeat - time.GetElapsedTime(_lastShown);
        TimeSpan look = hasManyNodes ? LookAtOthers : LookAgain;
        next = next < look ? next : look;
        if (next > TimeSpan.Zero)
        {
            await _changed.WaitAsync(next, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        cancellationToken.ThrowIfCancellationRequested();
        TimeSpan gap = ShortestGap - time.GetElapsedTime(_lastShown);
        if (gap > TimeSpan.Zero)
        {
            await Task.Delay(gap, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private SseItem<OperatorStreamView> Show(string type, OperatorStreamView view)
    {
        _lastShown = time.GetTimestamp();
        return new SseItem<OperatorStreamView>(view, type);
    }

    private OperatorStreamView ShowAll()
    {
        foreach (AgentView agent in _agents)
        {
            _shown[agent.Id] = agent;
        }

        return new OperatorStreamView
        {
            Now = time.WallNow(),
            HeartbeatMilliseconds = (long)heartbeat.TotalMilliseconds,
            StartedAt = startedAt,
            Agents = _agents,
        };
    }

    private OperatorStreamView? ShowChanges()
    {
        AgentView[] changed = [.. _agents.Where(agent => _shown.GetValueOrDefault(agent.Id) != agent)];
        string[] removed = [.. _shown.Keys.Except(_agents.Select(agent => agent.Id), StringComparer.Ordinal)];
        foreach (AgentView agent in changed)
        {
            _shown[agent.Id] = agent;
        }

        foreach (string id in removed)
        {
            _shown.Remove(id);
        }

        return changed.Length + removed.Length == 0
            ? null
            : new OperatorStreamView { Now = time.WallNow(), Agents = changed, Removed = removed };
    }
}
