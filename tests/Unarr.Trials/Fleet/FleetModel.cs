using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using NATS.Client.Core;
using NATS.Client.JetStream;
using Unarr.EndToEnd.Tests.ControlPlane;
using Unarr.EndToEnd.Tests.Nats;

namespace Unarr.EndToEnd.Tests.Fleet;

/// <summary>Pushes to all agents of a fleet, and judges from outside what became of it; the same for all troubles.</summary>
/// <remarks>
/// No push answered 202 is lost. Nothing is applied that was not pushed. The order of an agent is that of its pushes. No queue is over its
/// bound, and no history over 64. All nodes show the same within 5 s of quiet. Nothing is created silently.
/// </remarks>
internal sealed class FleetModel : IAsyncDisposable
{
    public const int Queue = 32;

    private static readonly TimeSpan Convergence = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPush = TimeSpan.FromSeconds(11);

    private readonly HttpClient _client = new(new SocketsHttpHandler { MaxConnectionsPerServer = 4096 })
    { Timeout = TimeSpan.FromSeconds(20) };

    private readonly HttpClient _streams = new(new SocketsHttpHandler { MaxConnectionsPerServer = 4096 })
    { Timeout = Timeout.InfiniteTimeSpan };

    private readonly CancellationTokenSource _stopPushes = new();
    private readonly CancellationTokenSource _stopAgents = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-fleet-");
    private readonly Random _random;
    private readonly List<FleetAgent> _agents = [];
    private readonly Dictionary<string, List<string>> _accepted = [];
    private readonly Lock _gate = new();
    private Dictionary<string, DateTimeOffset> _created = [];
    private Task _running = Task.CompletedTask;
    private Task _pushing = Task.CompletedTask;
    private int _unknown;
    private int _full;
    private TimeSpan _longest;
    private string _longestOf = "";

    private FleetModel(NatsCluster cluster, int seed)
    {
        Cluster = cluster;
        _random = new Random(seed);
    }

    public NatsCluster Cluster { get; }

    public FleetRecord Record { get; } = new();

    public IReadOnlyList<FleetProcess> Nodes { get; private set; } = [];

    public static async Task<FleetModel> StartAsync(int agents, int seed, CancellationToken deadline)
    {
        FleetModel model = new(await NatsCluster.StartAsync(), seed);
        string keys = Path.Combine(model._folder.FullName, "keys.json");
        string[] ids = [.. Enumerable.Range(1, agents).Select(i => $"a{i}")];
        string agentKeys = string.Join(',', ids.Select(id => $"\"{id}\":\"{RunningControlPlane.KeyOf(id)}\""));
        await File.WriteAllTextAsync(
            keys, $"{{\"operator\":\"{RunningControlPlane.OperatorKey}\",\"agents\":{{{agentKeys}}}}}", deadline);
        model.Nodes = [.. Enumerable.Range(1, 3).Select(i => new FleetProcess(
            $"node-{i}", keys, [.. model.Cluster.Servers.Select(server => server.Port)], Queue))];
        foreach (FleetProcess node in model.Nodes)
        {
            await node.StartAsync(create: node == model.Nodes[0], deadline);
        }

        model._created = await model.StreamsAsync();
        model._agents.AddRange(ids.Select((id, i) => new FleetAgent(id, model.Nodes, model._streams, new Random(seed ^ i), model.Record)));
        model._running = Task.WhenAll(model._agents.Select(agent => agent.RunAsync(model._stopAgents.Token)));
        model._pushing = Task.WhenAll(model._agents.Select(agent => model.PushAsync(agent.Id)));
        return model;
    }

    /// <summary>Ends the pushes, waits until all is quiet, and judges.</summary>
    /// <returns>What there was, for people.</returns>
    public async Task<string> JudgeAsync(CancellationToken deadline)
    {
        await _stopPushes.CancelAsync();
        await _pushing.WaitAsync(deadline);
        while (_agents.Exists(agent => !_accepted[agent.Id].TrueForAll(agent.Applied.Contains)))
        {
            if (deadline.IsCancellationRequested)
            {
                FleetAgent late = _agents.First(agent => !_accepted[agent.Id].TrueForAll(agent.Applied.Contains));
                await FailAsync($"Lost: {string.Join(' ', _accepted[late.Id].Except(late.Applied))}", late);
            }

            await Task.Delay(100, CancellationToken.None);
        }

        foreach (FleetAgent agent in _agents)
        {
            if (!_accepted[agent.Id].SequenceEqual(agent.Applied) || agent.BadSyncs > 0)
            {
                await FailAsync($"Applied otherwise than pushed, or {agent.BadSyncs} syncs were refused", agent);
            }
        }

        await ConvergeAsync(deadline);
        Assert.Equal(_created, await StreamsAsync());
        if (_longest >= LongestPush)
        {
            await FailAsync($"A push took {_longest}", _agents.Find(agent => agent.Id == _longestOf)!);
        }

        return $"{_accepted.Values.Sum(ids => ids.Count)} pushes accepted, {_full} refused as full, " +
            $"{_unknown} answers not known or missing, the longest {_longest.TotalSeconds:0.0} s";
    }

    public async ValueTask DisposeAsync()
    {
        await _stopPushes.CancelAsync();
        await _stopAgents.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (FleetProcess node in Nodes)
        {
            await node.DisposeAsync();
        }

        await Cluster.DisposeAsync();
        _client.Dispose();
        _streams.Dispose();
        _stopPushes.Dispose();
        _stopAgents.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>Pushes to one agent, one push after the other; one without a clear answer is repeated with its key, anywhere.</summary>
    private async Task PushAsync(string agent)
    {
        List<string> accepted = [];
        lock (_gate)
        {
            _accepted.Add(agent, accepted);
        }

        for (int i = 0; !_stopPushes.IsCancellationRequested; i++)
        {
            while (!await TryPushAsync(agent, $"{agent}-{i}", accepted))
            {
                await Task.Delay(100 + Next(400));
            }

            await Task.Delay(1000 + Next(2000), _stopPushes.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> TryPushAsync(string agent, string key, List<string> accepted)
    {
        FleetProcess[] there = [.. Nodes.Where(node => node.IsRunning)];
        if (there.Length == 0)
        {
            return false;
        }

        using HttpRequestMessage request = new(
            HttpMethod.Post, new Uri(there[Next(there.Length)].Address, $"/api/operator/agents/{agent}/controls"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", RunningControlPlane.OperatorKey);
        request.Headers.Add("Idempotency-Key", key);
        request.Content = new StringContent("""{"action":"pause"}""", Encoding.UTF8, "application/json");
        long start = Stopwatch.GetTimestamp();
        try
        {
            using HttpResponseMessage response = await _client.SendAsync(request);
            JsonElement answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
            lock (_gate)
            {
                TimeSpan took = Stopwatch.GetElapsedTime(start);
                Record.Note(agent, $"push {key} at {request.RequestUri!.Port} took {took.TotalMilliseconds:0} ms: {answer}");
                NoteTook(took, agent);
                switch ((int)response.StatusCode)
                {
                    case 202:
                        accepted.Add(answer.GetProperty("ids")[0].GetString()!);
                        return true;
                    case 429:
                        _full++;
                        return true;
                    case 503:
                        _unknown++;
                        return false;
                    default:
                        Assert.Fail($"A push was answered {(int)response.StatusCode}: {answer}");
                        return false;
                }
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            // The node was killed: whether the push is stored is not known.
            Record.Note(agent, $"push {key} at {request.RequestUri!.Port}: {exception.GetType().Name}");
            lock (_gate)
            {
                _unknown++;
                if (exception is OperationCanceledException)
                {
                    // Nobody has answered at all.
                    NoteTook(Stopwatch.GetElapsedTime(start), agent);
                }
            }

            return false;
        }
    }

    /// <summary>Notes how long a push took; the caller holds the lock.</summary>
    private void NoteTook(TimeSpan took, string agent) =>
        (_longest, _longestOf) = took > _longest ? (took, agent) : (_longest, _longestOf);

    /// <summary>All nodes show every agent alike, with nothing pending and no more than 64 that ended.</summary>
    private async Task ConvergeAsync(CancellationToken deadline)
    {
        long quiet = Stopwatch.GetTimestamp();
        (FleetAgent Agent, string Why)[] wrong;
        do
        {
            await Task.Delay(200, deadline);
            wrong = await WrongAsync();
        }
        while (wrong.Length > 0 && Stopwatch.GetElapsedTime(quiet) < Convergence + TimeSpan.FromSeconds(2));
        if (wrong.Length > 0)
        {
            await FailAsync($"{wrong.Length} did not converge: {wrong[0].Why}", wrong[0].Agent);
        }

        foreach (FleetAgent agent in _agents.Take(10))
        {
            JsonElement detail = await OperatorAsync(Nodes[Next(3)], $"/api/operator/agents/{agent.Id}");
            string[] settled = [.. IdsOf(detail, "settled")];
            if (settled.Length > 64 || !settled.SequenceEqual(_accepted[agent.Id].TakeLast(64)))
            {
                await FailAsync($"The history is [{string.Join(' ', settled)}]", agent);
            }
        }
    }

    private async Task<(FleetAgent Agent, string Why)[]> WrongAsync()
    {
        List<(FleetAgent, string)> wrong = [];
        foreach (FleetProcess node in Nodes)
        {
            foreach (JsonElement agent in (await OperatorAsync(node, "/api/operator/agents")).GetProperty("agents").EnumerateArray())
            {
                if (agent.GetProperty("pending").GetInt32() != 0 || agent.GetProperty("route").GetString() is "unknown")
                {
                    string id = agent.GetProperty("id").GetString()!;
                    wrong.Add((_agents.Find(other => other.Id == id)!, $"{node.Name} shows {agent}"));
                }
            }
        }

        return [.. wrong];
    }

    private static IEnumerable<string> IdsOf(JsonElement detail, string member) =>
        detail.GetProperty(member).EnumerateArray().Select(control => control.GetProperty("id").GetString()!);

    /// <summary>Fails with all that is known of an agent: by the pushes, by the agent, by each node and by JetStream.</summary>
    private async Task FailAsync(string why, FleetAgent agent)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(10));
        StringBuilder lines = new($"{agent.Id}: {why}\naccepted [{string.Join(' ', _accepted[agent.Id])}]\n");
        lines.AppendLine(CultureInfo.InvariantCulture, $"applied  [{string.Join(' ', agent.Applied)}]");
        foreach (FleetProcess node in Nodes)
        {
            JsonElement detail = await OperatorAsync(node, $"/api/operator/agents/{agent.Id}");
            lines.AppendLine(CultureInfo.InvariantCulture, $"{node.Name} ({node.Address.Port}) shows {detail.GetProperty("agent")}");
            lines.AppendLine(CultureInfo.InvariantCulture, $"  pending [{string.Join(' ', IdsOf(detail, "pending"))}]");
            lines.AppendLine(CultureInfo.InvariantCulture, $"  settled [{string.Join(' ', IdsOf(detail, "settled"))}]");
        }

        lines.Append(await FleetEvidence.ReadAsync(Cluster.Urls, agent.Id, patience.Token));
        lines.Append(Record.Of(agent.Id));
        Assert.Fail(lines.ToString());
    }

    private async Task<JsonElement> OperatorAsync(FleetProcess node, string path)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(node.Address, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", RunningControlPlane.OperatorKey);
        using HttpResponseMessage response = await _client.SendAsync(request);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
    }

    private async Task<Dictionary<string, DateTimeOffset>> StreamsAsync()
    {
        await using NatsConnection connection = new(new NatsOpts { Url = Cluster.Urls });
        Dictionary<string, DateTimeOffset> streams = [];
        await foreach (INatsJSStream stream in new NatsJSContext(connection).ListStreamsAsync())
        {
            streams.Add(stream.Info.Config.Name!, stream.Info.Created);
        }

        return streams;
    }

    private int Next(int below)
    {
        lock (_random)
        {
            return _random.Next(below);
        }
    }
}
