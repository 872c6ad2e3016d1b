using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using NATS.Client.Core;

namespace Unarr.Agents.Hub.Nats;

/// <summary>Reports each step of this node's copy of the documents to the hub, and hurries it by what other nodes report.</summary>
/// <param name="node">The node.</param>
/// <param name="isHere">Says whether an agent is known on this node: for others nothing is read.</param>
internal sealed class NatsSignals(NatsNode node, Func<string, bool> isHere) : AgentSignals
{
    private static readonly TimeSpan CopyTime = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ReadAgain = TimeSpan.FromMilliseconds(100);

    public override async ValueTask PublishAsync(AgentSignal signal, CancellationToken cancellationToken)
    {
        // What was taken or changed the others find in the document: nobody waits for it.
        if (signal.Kind == AgentSignalKind.Pushed)
        {
            string revision = node.Cache.Find(signal.AgentId).Revision.ToString(CultureInfo.InvariantCulture);
            await node.PublishAsync(node.Names.Wake(AgentKey.Of(signal.AgentId)), revision, cancellationToken).ConfigureAwait(false);
        }
    }

    public override async IAsyncEnumerable<AgentSignal> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Channel<AgentSignal> steps = Channel.CreateUnbounded<AgentSignal>(new UnboundedChannelOptions { SingleReader = true });
        node.Cache.Stepped = (agentId, hasNew) => steps.Writer.TryWrite(new AgentSignal
        {
            AgentId = agentId,
            Kind = hasNew ? AgentSignalKind.Pushed : AgentSignalKind.Taken,
        });
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task wakes = HearWakesAsync(steps.Writer, stop.Token);
        try
        {
            await foreach (AgentSignal step in steps.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return step;
            }
        }
        finally
        {
            node.Cache.Stepped = null;
            await stop.CancelAsync().ConfigureAwait(false);
            await wakes.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task HearWakesAsync(ChannelWriter<AgentSignal> steps, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            await foreach (NatsMsg<string> wake in node.Connection.SubscribeAsync<string>(
                node.Names.AllWakes, cancellationToken: cancellationToken).ConfigureAwait(false))
            {
                if (AgentKey.Read(wake.Subject.AsSpan(wake.Subject.LastIndexOf('.') + 1)) is { } agentId && isHere(agentId)
                    && ulong.TryParse(wake.Data, NumberStyles.None, CultureInfo.InvariantCulture, out ulong revision)
                    && node.Cache.Find(agentId).Revision < revision)
                {
                    _ = ReadUntilThereAsync(agentId, revision, cancellationToken);
                }
            }
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        steps.TryComplete(failure);
    }

    /// <summary>"What it names and the cache does not have within 20 ms is read through the leader, every 100 ms until it is
    /// there."</summary>
    private async Task ReadUntilThereAsync(string agentId, ulong revision, CancellationToken cancellationToken)
    {
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        TimeSpan wait = CopyTime;
        while (!cancellationToken.IsCancellationRequested
            && System.Diagnostics.Stopwatch.GetElapsedTime(start) < NatsSettings.CallTime)
        {
            await Task.Delay(wait, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (node.Cache.Find(agentId).Revision >= revision
                || await node.TryReadAsync(agentId, cancellationToken).ConfigureAwait(false) >= revision)
            {
                return;
            }

            wait = ReadAgain;
        }
    }
}
