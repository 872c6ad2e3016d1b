using System.IO.Pipelines;
using System.Text;
using Unarr.Agents.Hub.Signals;
using Unarr.Pipelines.Pacing;
using Unarr.Pipelines.Signals;
using Unarr.Pipelines.Sse;

namespace Unarr.ControlPlane.Operator;

/// <summary>Shows one operator how the agents stand: all of them at first, then those that changed,
/// however often they did in between.</summary>
/// <remarks>
/// Events: <c>agents</c> (all), <c>changed</c> (what is other than before) and <c>time</c> (a heartbeat that a script can see). Nothing
/// is queued: what is written is how the agents stand when there is room for it.
/// </remarks>
internal sealed class OperatorStream(PipeWriter output, AgentBoard board, ChangeSignal changes, TimeSpan heartbeat, SteadyClock time)
{
    /// <summary>The shortest time between two messages: changes in between go out together.</summary>
    public static readonly TimeSpan ShortestGap = TimeSpan.FromMilliseconds(200);

    // An agent that stops polling changes nothing by itself: that is seen by looking.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Reconnection = TimeSpan.FromSeconds(2);

    private readonly SseWriter _writer = new(output);
    private readonly Dictionary<string, AgentView> _shown = new(StringComparer.Ordinal);
    private long _lastWritten;

    /// <summary>Writes until the operator may no longer see it, or cancelled.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled, or the reader has taken nothing for two heartbeats.</exception>
    public async Task RunAsync(Func<bool> mayGoOn, CancellationToken cancellationToken)
    {
        _writer.WriteRetry(Reconnection);
        _writer.WriteComment(HeartbeatComment.Connected(heartbeat));
        bool isFirst = true;
        while (mayGoOn())
        {
            Task changed = changes.Next;
            AgentView[] agents = [.. await board.ListAsync(cancellationToken).ConfigureAwait(false)];
            if (isFirst)
            {
                await WriteAsync("agents", TakeAll(agents), cancellationToken).ConfigureAwait(false);
            }
            else if (TakeChanges(agents) is { } view)
            {
                await WriteAsync("changed", view, cancellationToken).ConfigureAwait(false);
            }
            else if (time.GetElapsedTime(_lastWritten) >= heartbeat)
            {
                await WriteAsync("time", new OperatorStreamView { Now = time.WallNow() }, cancellationToken).ConfigureAwait(false);
            }

            isFirst = false;
            await WaitAsync(changed, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WaitAsync(Task changed, CancellationToken cancellationToken)
    {
        TimeSpan next = heartbeat - time.GetElapsedTime(_lastWritten);
        next = next < LookAgain ? next : LookAgain;
        if (next > TimeSpan.Zero)
        {
            await changed.WaitAsync(next, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        cancellationToken.ThrowIfCancellationRequested();
        TimeSpan gap = ShortestGap - time.GetElapsedTime(_lastWritten);
        if (gap > TimeSpan.Zero)
        {
            await Task.Delay(gap, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private OperatorStreamView TakeAll(AgentView[] agents)
    {
        foreach (AgentView agent in agents)
        {
            _shown[agent.Id] = agent;
        }

        return new OperatorStreamView { Now = time.WallNow(), HeartbeatMilliseconds = (long)heartbeat.TotalMilliseconds, Agents = agents };
    }

    private OperatorStreamView? TakeChanges(AgentView[] agents)
    {
        AgentView[] changed = [.. agents.Where(agent => _shown.GetValueOrDefault(agent.Id) != agent)];
        string[] removed = [.. _shown.Keys.Except(agents.Select(agent => agent.Id), StringComparer.Ordinal)];
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

    private async Task WriteAsync(string type, OperatorStreamView view, CancellationToken cancellationToken)
    {
        _writer.WriteEvent(view, ControlPlaneJsonContext.Default.OperatorStreamView, Encoding.ASCII.GetBytes(type));
        _lastWritten = time.GetTimestamp();

        // A reader that takes nothing for two heartbeats is gone.
        using CancellationTokenSource stuck = new(2 * heartbeat, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(stuck.Token, cancellationToken);
        await output.FlushAsync(either.Token).ConfigureAwait(false);
    }
}
