using Unarr.EndToEnd.Tests.Nats;

namespace Unarr.EndToEnd.Tests.Fleet;

/// <summary>Makes trouble, and mends it.</summary>
internal static class Troubles
{
    /// <param name="model">The fleet.</param>
    /// <param name="trouble">What happens.</param>
    /// <param name="length">How long it lasts.</param>
    /// <param name="which">Picks the node or the server, where any will do.</param>
    /// <param name="deadline">Ends a trial that would wait for ever.</param>
    public static async Task MakeAsync(FleetModel model, Trouble trouble, TimeSpan length, int which, CancellationToken deadline)
    {
        FleetProcess node = model.Nodes[which % 3];
        model.Record.Note($"{trouble} for {length.TotalSeconds:0} s, {which % 3 + 1}");
        switch (trouble)
        {
            case Trouble.NodeKilled:
                await node.KillAsync();
                await Task.Delay(length, deadline);
                await node.StartAsync(create: false, deadline);
                break;
            case Trouble.LeaderKilled:
                NatsServer leader = await model.Cluster.LeaderAsync("KV_unarr_pending");
                await leader.KillAsync();
                await Task.Delay(length, deadline);
                leader.Start();
                break;
            case Trouble.LeaderPaused:
                NatsServer paused = await model.Cluster.LeaderAsync("KV_unarr_pending");
                paused.Pause();
                await Task.Delay(length, deadline);
                paused.Resume();
                break;
            case Trouble.AllRestarted:
                await Task.WhenAll(model.Cluster.Servers.Select(server => server.KillAsync()));
                model.Cluster.Servers.ToList().ForEach(server => server.Start());
                break;
            case Trouble.RollingLameDuck:
                foreach (NatsServer server in model.Cluster.Servers)
                {
                    server.EnterLameDuck();
                    await Task.Delay(length / 3, deadline);
                    await server.KillAsync();
                    server.Start();
                    await model.Cluster.UntilReadyAsync();
                }

                break;
            case Trouble.NodeCut or Trouble.NodeUnheard or Trouble.NodeDeaf:
                node.Relays.ToList().ForEach(relay => relay.Cut(trouble != Trouble.NodeDeaf, trouble != Trouble.NodeUnheard));
                await Task.Delay(length, deadline);
                node.Relays.ToList().ForEach(relay => relay.Heal());
                break;
            case Trouble.ReplicaWiped:
                NatsServer wiped = model.Cluster.Servers[which % 3];
                await wiped.KillAsync();
                wiped.Wipe();
                await Task.Delay(length, deadline);
                wiped.Start();
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(trouble));
        }

        await model.Cluster.UntilReadyAsync();
        model.Record.Note($"{trouble} is over");
    }
}
