using NATS.Client.Core;
using NATS.Client.JetStream;
using Unarr.EndToEnd.Tests.Middleboxes;

namespace Unarr.EndToEnd.Tests.Nats;

/// <summary>Three servers on loopback, which keep three replicas.</summary>
public sealed class NatsCluster : IAsyncDisposable
{
    private NatsCluster(NatsServer[] servers) => Servers = servers;

    public IReadOnlyList<NatsServer> Servers { get; }

    /// <summary>The addresses of all servers.</summary>
    public string Urls => string.Join(',', Servers.Select(server => server.Url));

    /// <summary>Starts a cluster, or skips the test where there is no server to start.</summary>
    /// <param name="prepare">Is called with each server before it starts.</param>
    public static async Task<NatsCluster> StartAsync(Action<NatsServer>? prepare = null)
    {
        Needs.Program(NatsServer.Program);
        LoopbackPort[] routes = [new(), new(), new()];
        NatsCluster cluster = new([.. routes.Select((route, i) => new NatsServer($"server-{i + 1}", route, routes))]);
        try
        {
            foreach (NatsServer server in cluster.Servers)
            {
                prepare?.Invoke(server);
                server.Start();
            }

            await cluster.UntilReadyAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until each server answers for JetStream.</summary>
    public Task UntilReadyAsync() => Task.WhenAll(Servers.Select(server => server.UntilReadyAsync()));

    /// <summary>The server that leads a stream, once there is one.</summary>
    public async Task<NatsServer> LeaderAsync(string stream)
    {
        await using NatsConnection connection = new(new NatsOpts { Url = Urls });
        NatsJSContext jetStream = new(connection, new NatsJSOpts(connection.Opts, requestTimeout: TimeSpan.FromSeconds(1)));
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(30));
        while (true)
        {
            try
            {
                INatsJSStream found = await jetStream.GetStreamAsync(stream, cancellationToken: patience.Token);
                if (found.Info.Cluster?.Leader is { Length: > 0 } leader)
                {
                    return Servers[int.Parse(leader.Split('-')[1], System.Globalization.CultureInfo.InvariantCulture) - 1];
                }
            }
            catch (NatsException) when (!patience.IsCancellationRequested)
            {
                await Task.Delay(100, patience.Token);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (NatsServer server in Servers)
        {
            await server.DisposeAsync();
        }
    }
}
