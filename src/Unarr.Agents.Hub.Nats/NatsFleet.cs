using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using System.Text;
using System.Text.Json;
using NATS.Client.Core;
using NATS.Client.JetStream;
using Unarr.Agents.Hub.Signals;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub.Nats;

/// <summary>What the nodes know together, over NATS: small buckets that each node follows, and a question that each node answers.</summary>
internal sealed class NatsFleet : Fleet
{
    private const int AgentsInPart = 500;

    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SilentAfter = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);
    private static readonly string Version =
        typeof(NatsFleet).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    private readonly Lock _gate = new();
    private readonly NatsNode _node;
    private readonly NatsBucket _nodes;
    private readonly NatsBucket _known;
    private readonly NatsBucket _flags;
    private readonly NatsBucket _sessions;
    private readonly ConcurrentDictionary<string, KnownAgent> _knowing = new(StringComparer.Ordinal);
    private readonly ILogger _logger;
    private Task<FleetView>? _asked;
    private long _askedAt;

    public NatsFleet(NatsNode node, NatsJSContext jetStream, ILogger logger)
    {
        _node = node;
        _logger = logger;
        _nodes = new NatsBucket(jetStream, node.Names.Nodes, logger);
        _known = new NatsBucket(jetStream, node.Names.Known, logger);
        _flags = new NatsBucket(jetStream, node.Names.Flags, logger);
        _sessions = new NatsBucket(jetStream, node.Names.Sessions, logger);
        _flags.Changed = key =>
        {
            if (AgentKey.Read(key) is { } agentId)
            {
                WatchedChanged?.Invoke(agentId, IsWatched(agentId));
            }
        };
    }

    public override string NodeName => _node.Name;

    public override IReadOnlyList<NodeInfo> Nodes
    {
        get
        {
            List<NodeInfo> nodes = [Own()];
            foreach ((string key, BucketValue value) in _nodes.All)
            {
                // "Every 5 s; shown as silent after 15 s", and no more after the bucket has forgotten it.
                TimeSpan age = Stopwatch.GetElapsedTime(value.SeenAt);
                if (value.Value is not null && age < TimeSpan.FromSeconds(60) && key != AgentKey.Of(NodeName)
                    && JsonSerializer.Deserialize(value.Value, FleetJsonContext.Default.NodeMessage) is { } node)
                {
                    nodes.Add(new NodeInfo(node.Name, node.Version, node.Agents, node.Keys, age > SilentAfter, node.Trouble));
                }
            }

            return [.. nodes.OrderBy(static node => node.Name, StringComparer.Ordinal)];
        }
    }

    public override IEnumerable<string> KnownIds =>
        _known.All.Where(static known => known.Value.Value is not null).Select(static known => AgentKey.Read(known.Key)).OfType<string>();

    /// <summary>Is complete when all that the nodes know is known here.</summary>
    public Task Whole => Task.WhenAll(_nodes.Whole, _known.Whole, _flags.Whole, _sessions.Whole);

    /// <summary>Follows the buckets, until cancelled.</summary>
    public Task FollowAsync(CancellationToken cancellationToken) => Task.WhenAll(
        _nodes.RunAsync(cancellationToken), _known.RunAsync(cancellationToken), _flags.RunAsync(cancellationToken),
        _sessions.RunAsync(cancellationToken));

    /// <summary>Reports this node and answers the others, until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(ReportAsync(cancellationToken), AnswerAsync(cancellationToken));

    /// <summary>Takes this node off the list.</summary>
    public async Task LeaveAsync()
    {
        try
        {
            await _nodes.DeleteAsync(AgentKey.Of(NodeName), CancellationToken.None).ConfigureAwait(false);
        }
        catch (ControlStoreException exception)
        {
            FleetLog.NodesNotReached(_logger, exception);
        }
    }

    public override Task<FleetView> AskAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_asked is null || (_asked.IsCompleted && Stopwatch.GetElapsedTime(_askedAt) > Again))
            {
                _askedAt = Stopwatch.GetTimestamp();
                _asked = AskNowAsync();
            }

            return _asked.WaitAsync(cancellationToken);
        }
    }

    public override bool IsWatched(string agentId) => _flags.Find(AgentKey.Of(agentId))?.Value is not null;

    public override Task SetWatchedAsync(string agentId, bool isWatched, CancellationToken cancellationToken) =>
        isWatched == IsWatched(agentId) ? Task.CompletedTask
            : isWatched ? _flags.PutAsync(AgentKey.Of(agentId), "watched"u8.ToArray(), cancellationToken)
            : _flags.DeleteAsync(AgentKey.Of(agentId), cancellationToken);

    public override KnownAgent? Known(string agentId) => _known.Find(AgentKey.Of(agentId))?.Value is { } value
        ? JsonSerializer.Deserialize(value, FleetJsonContext.Default.KnownAgent) : null;

    public override void Know(string agentId, KnownAgent agent)
    {
        byte[] value = JsonSerializer.SerializeToUtf8Bytes(agent, FleetJsonContext.Default.KnownAgent);
        string key = AgentKey.Of(agentId);
        if (_known.Find(key)?.Value is not { } known || !known.AsSpan().SequenceEqual(value))
        {
            _ = KnowAsync(key, agent, value);
        }
    }

    private async Task KnowAsync(string key, KnownAgent agent, byte[] value)
    {
        // Syncs that come before it is stored are no reason to store it again.
        if (_knowing.TryAdd(key, agent))
        {
            await TryAsync(() => _known.PutAsync(key, value, CancellationToken.None)).ConfigureAwait(false);
            _knowing.TryRemove(key, out _);
        }
    }

    public override async Task ForgetAsync(string agentId, CancellationToken cancellationToken)
    {
        string key = AgentKey.Of(agentId);
        if (_known.Find(key)?.Value is not null)
        {
            await _known.DeleteAsync(key, cancellationToken).ConfigureAwait(false);
        }

        await SetWatchedAsync(agentId, false, cancellationToken).ConfigureAwait(false);
    }

    public override Task OpenSessionAsync(string digest, string proof, CancellationToken cancellationToken) =>
        _sessions.PutAsync(digest, Encoding.UTF8.GetBytes(proof), cancellationToken);

    public override Task CloseSessionAsync(string digest, CancellationToken cancellationToken) =>
        _sessions.DeleteAsync(digest, cancellationToken);

    public override string? FindSession(string digest) =>
        _sessions.Find(digest) is { Value: { } proof } session && Stopwatch.GetElapsedTime(session.SeenAt) < TimeSpan.FromHours(12)
            ? Encoding.UTF8.GetString(proof) : null;

    private NodeInfo Own() => new(
        NodeName, Version, Here().Count(static agent => agent.Routes != DownlinkRoutes.None), KeyDigest(), IsSilent: false, _node.Degraded);

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            NodeInfo own = Own();
            NodeMessage message = new()
            { Name = own.Name, Version = own.Version, Agents = own.Agents, Keys = own.Keys, Trouble = own.Trouble };
            byte[] value = JsonSerializer.SerializeToUtf8Bytes(message, FleetJsonContext.Default.NodeMessage);
            await TryAsync(() => _nodes.PutAsync(AgentKey.Of(NodeName), value, cancellationToken)).ConfigureAwait(false);
            await Task.Delay(ReportEvery, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task AnswerAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await foreach (NatsMsg<byte[]> question in _node.Connection.SubscribeAsync<byte[]>(
                    _node.Names.List, cancellationToken: cancellationToken).ConfigureAwait(false))
                {
                    await AnswerAsync(question, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (Exception exception) when (exception is NatsException or OperationCanceledException or ObjectDisposedException)
            {
                FleetLog.NodesNotReached(_logger, exception);
            }

            await Task.Delay(Again, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task AnswerAsync(NatsMsg<byte[]> question, CancellationToken cancellationToken)
    {
        AgentInfo[][] parts = [.. Here().Select(agent => agent with { Node = NodeName }).Chunk(AgentsInPart)];
        for (int i = 0; i < Math.Max(parts.Length, 1); i++)
        {
            AgentListMessage part = new()
            {
                Node = NodeName,
                Agents = i < parts.Length ? parts[i] : [],
                IsLast = i + 1 >= parts.Length,
            };
            byte[] answer = JsonSerializer.SerializeToUtf8Bytes(part, FleetJsonContext.Default.AgentListMessage);
            await question.ReplyAsync(answer, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<FleetView> AskNowAsync()
    {
        NodeInfo[] others = [.. Nodes.Where(node => node.Name != NodeName)];
        HashSet<string> waiting = [.. others.Select(static node => node.Name)];
        List<AgentInfo> agents = [];
        using CancellationTokenSource time = new(AnswerTime);
        try
        {
            string inbox = $"{_node.Connection.Opts.InboxPrefix}.{Guid.NewGuid():N}";
            await using INatsSub<byte[]> answers = await _node.Connection.SubscribeCoreAsync<byte[]>(
                inbox, cancellationToken: time.Token).ConfigureAwait(false);
            await _node.Connection.PublishAsync(_node.Names.List, Array.Empty<byte>(), replyTo: inbox, cancellationToken: time.Token)
                .ConfigureAwait(false);
            while (waiting.Count > 0 && await answers.Msgs.WaitToReadAsync(time.Token).ConfigureAwait(false))
            {
                while (answers.Msgs.TryRead(out NatsMsg<byte[]> answer))
                {
                    Take(answer.Data, agents, waiting);
                }
            }
        }
        catch (Exception exception) when (exception is NatsException or OperationCanceledException or ObjectDisposedException)
        {
            // Who has not answered is silent.
            FleetLog.NodesNotReached(_logger, exception);
        }

        return new FleetView(agents, [.. waiting.Order(StringComparer.Ordinal)]);
    }

    private static void Take(byte[]? answer, List<AgentInfo> agents, HashSet<string> waiting)
    {
        if (answer is { Length: > 0 } && JsonSerializer.Deserialize(answer, FleetJsonContext.Default.AgentListMessage) is { } part)
        {
            agents.AddRange(part.Agents);
            if (part.IsLast)
            {
                waiting.Remove(part.Node);
            }
        }
    }

    private async Task TryAsync(Func<Task> write)
    {
        try
        {
            await write().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ControlStoreException or OperationCanceledException or ObjectDisposedException)
        {
            FleetLog.NodesNotReached(_logger, exception);
        }
    }
}
