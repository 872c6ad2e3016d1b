using System.Diagnostics;
using System.Globalization;
using Unarr.Pipelines.Bench.Load;

namespace Unarr.Pipelines.Bench.Fleet;

/// <summary>Three nodes over three NATS servers, or one node with a file; and its agents, in processes of their own.</summary>
internal sealed class Deployment : IDisposable
{
    private const int Clients = 3;

    private readonly string _keys;
    private readonly string _file;
    private readonly List<Node> _nodes = [];
    private readonly List<ChildProcess> _clients = [];
    private readonly List<ChildProcess> _others = [];
    private int _agents;

    /// <param name="folder">Where it keeps what it stores; the caller deletes it.</param>
    /// <param name="keys">The file with the keys.</param>
    /// <param name="isFleet">Whether it has three nodes.</param>
    public Deployment(DirectoryInfo folder, string keys, bool isFleet)
    {
        _keys = keys;
        _file = Path.Combine(folder.FullName, "controls.db");
        Servers = isFleet ? new NatsServers(folder.CreateSubdirectory("nats")) : null;
    }

    public IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>Where the nodes keep their controls; <see langword="null"/> where that is a file.</summary>
    public NatsServers? Servers { get; }

    public TimeSpan NodesTime => new(_nodes.Sum(static node => node.Process.ProcessorTime.Ticks));

    public TimeSpan ServersTime => Servers?.ProcessorTime ?? TimeSpan.Zero;

    public long ResidentBytes => _nodes.Sum(static node => node.Process.ResidentBytes);

    public async Task StartAsync()
    {
        await (Servers?.StartAsync() ?? Task.CompletedTask);
        for (int node = 0; node < (Servers is null ? 1 : 3); node++)
        {
            await StartNodeAsync(node);
        }
    }

    /// <summary>Kills the last node and starts it again.</summary>
    /// <returns>After which time it listened, and how many bytes it had in memory then.</returns>
    public async Task<(TimeSpan Listened, long ResidentBytes)> RestartAsync()
    {
        int last = _nodes.Count - 1;
        _nodes[last].Dispose();
        _nodes.RemoveAt(last);
        TimeSpan listened = await StartNodeAsync(last);
        return (listened, _nodes[last].Process.ResidentBytes);
    }

    /// <summary>Connects agents, the same number to each node.</summary>
    public async Task ConnectAsync(int agents)
    {
        _agents = agents;
        for (int client = 0; client < Clients; client++)
        {
            int first = agents * client / Clients;
            _clients.Add(StartClient(_nodes[client % _nodes.Count], first, (agents * (client + 1) / Clients) - first));
        }

        await AllAnswerAsync();
    }

    /// <summary>Connects one agent more.</summary>
    public async Task<ChildProcess> ConnectOneAsync(Node node, int agent)
    {
        ChildProcess client = StartClient(node, agent, 1);
        _others.Add(client);
        await client.ReadAsync();
        return client;
    }

    /// <summary>Lets each agent sync some times, at its moment of an interval.</summary>
    public async Task SyncAsync(int times, TimeSpan interval)
    {
        _clients.ForEach(client => client.Write(string.Create(
            CultureInfo.InvariantCulture, $"{AgentsClient.Syncs} {times} {interval.TotalMilliseconds}")));
        await AllAnswerAsync();
    }

    /// <summary>Pushes to all agents in one request, and waits until all have acknowledged it, over a millisecond each.</summary>
    /// <returns>When the last agent had it, and the processor time of nodes and servers until then.</returns>
    public async Task<Broadcast> BroadcastAsync(string task)
    {
        _clients.ForEach(client => client.Write(string.Create(CultureInfo.InvariantCulture, $"\"taskId\":\"{task}\" {_agents}")));
        await AllAnswerAsync();
        (TimeSpan nodes, TimeSpan servers) = (NodesTime, ServersTime);
        long begin = Stopwatch.GetTimestamp();
        Task<string[]> answers = AllAnswerAsync();
        Task pushing = _nodes[0].PushAsync(Enumerable.Range(0, _agents), task);
        if (await Task.WhenAny(answers, pushing) == pushing)
        {
            await pushing;
        }

        string[] times = await answers;
        (nodes, servers) = (NodesTime - nodes, ServersTime - servers);
        await pushing;
        await AllAnswerAsync();
        long last = times.SelectMany(static line => line.Split(' ')).Max(static time => long.Parse(time, CultureInfo.InvariantCulture));
        return new Broadcast(Stopwatch.GetElapsedTime(begin, last), nodes / _agents, servers / _agents);
    }

    public void Dispose()
    {
        _clients.ForEach(static client => client.Dispose());
        _others.ForEach(static client => client.Dispose());
        _nodes.ForEach(static node => node.Dispose());
        Servers?.Dispose();
    }

    private Task<TimeSpan> StartNodeAsync(int number)
    {
        string[] store = Servers is null ? ["--store", _file] :
        [
            "--store", Servers.Urls, "--node", string.Create(CultureInfo.InvariantCulture, $"node-{number + 1}"),
            .. number == 0 ? (string[])["--create"] : [],
        ];
        Node node = new(_keys, store);
        _nodes.Add(node);
        return node.UntilListeningAsync();
    }

    private static ChildProcess StartClient(Node node, int first, int count) => ChildProcess.Self(
        AgentsClient.Verb, node.Origin.AbsoluteUri, first.ToString(CultureInfo.InvariantCulture),
        count.ToString(CultureInfo.InvariantCulture));

    private Task<string[]> AllAnswerAsync() => Task.WhenAll(_clients.Select(static client => client.ReadAsync()));
}
