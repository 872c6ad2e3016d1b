using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;

namespace Unarr.ControlPlane.Demo;

/// <summary>Shows three nodes and three agents: a node is killed, and its agent goes on at another.</summary>
internal sealed class FleetScenario(DemoNarrator narrator, HttpClient client)
{
    private const int Count = 3;

    private static readonly TimeSpan StepTime = TimeSpan.FromSeconds(15);

    private readonly string[] _agentKeys = [.. Enumerable.Range(0, Count).Select(static _ => Guid.NewGuid().ToString("N"))];
    private readonly string _operatorKey = Guid.NewGuid().ToString("N");
    private int _controls;

    public async Task<bool> RunAsync(DemoServer server, CancellationToken cancellationToken)
    {
        string keys = Path.Combine(server.Folder, "keys.json");
        string agentKeys = string.Join(',', _agentKeys.Select(static (key, i) => $"\"agent-{i + 1}\":\"{key}\""));
        await File.WriteAllTextAsync(keys, $"{{\"operator\":\"{_operatorKey}\",\"agents\":{{{agentKeys}}}}}", cancellationToken)
            .ConfigureAwait(false);
        List<DemoNode> nodes = [];
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task running = Task.CompletedTask;
        try
        {
            narrator.Tell($"nats-server on {server.Url}");
            for (int i = 0; i < Count; i++)
            {
                nodes.Add(await DemoNode.StartAsync($"node-{i + 1}", keys, server.Url, cancellationToken).ConfigureAwait(false));
                narrator.Tell($"{nodes[i].Name} on {nodes[i].Address}");
            }

            DemoAgent[] agents = [.. Enumerable.Range(0, Count).Select(i => new DemoAgent(narrator, $"agent-{i + 1}"))];
            running = Task.WhenAll(agents.Select((agent, i) => RunAsync(agent, i, nodes, stop.Token)));
            await ShowAsync(nodes, agents, cancellationToken).ConfigureAwait(false);
            narrator.Heading($"Every step happened: {_controls} of {_controls} controls arrived, none twice.");
            return true;
        }
        catch (Exception exception) when (exception is DemoFailedException or HttpRequestException)
        {
            narrator.Heading($"FAILED: {exception.Message}");
            return false;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (DemoNode node in nodes)
            {
                await node.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private Task RunAsync(DemoAgent agent, int index, List<DemoNode> nodes, CancellationToken cancellationToken)
    {
        // Each begins at a node of its own; the others are its mirrors.
        Uri[] servers = [.. Enumerable.Range(0, Count).Select(i => nodes[(index + i) % Count].Address)];
        string key = _agentKeys[index];
        DownlinkOptions options = new()
        {
            Servers = [.. servers],
            AgentId = $"agent-{index + 1}",
            ReconnectDelay = TimeSpan.FromMilliseconds(200),
            PollRetryDelay = TimeSpan.FromMilliseconds(200),
            SyncInterval = TimeSpan.FromMinutes(1),
        };
        return new AgentDownlink(options, agent, new DownlinkServices { GetApiKey = _ => ValueTask.FromResult(key) })
            .RunAsync(cancellationToken);
    }

    private async Task ShowAsync(List<DemoNode> nodes, DemoAgent[] agents, CancellationToken cancellationToken)
    {
        narrator.Heading("Each agent has its stream at a node of its own.");
        foreach (DemoAgent agent in agents)
        {
            await UntilLiveAsync(agent, cancellationToken).ConfigureAwait(false);
        }

        narrator.Heading("Controls for agent-2, pushed at each of the nodes:");
        foreach (DemoNode node in nodes)
        {
            await PushAsync(node, agents[1], cancellationToken).ConfigureAwait(false);
        }

        narrator.Heading("node-2 is killed. Its agent goes to another node.");
        while (agents[1].Statuses.TryRead(out _))
        {
            // What it said before the kill says nothing of what comes after it.
        }

        await nodes[1].KillAsync().ConfigureAwait(false);
        await UntilLiveAsync(agents[1], cancellationToken).ConfigureAwait(false);

        narrator.Heading("Controls for agent-2, pushed at the nodes that are left:");
        await PushAsync(nodes[0], agents[1], cancellationToken).ConfigureAwait(false);
        await PushAsync(nodes[2], agents[1], cancellationToken).ConfigureAwait(false);
        narrator.Heading("The operator sees one fleet, here at node-1:");
        string list = await nodes[0].AskAsync(
            client, _operatorKey, HttpMethod.Get, "/api/operator/agents", null, cancellationToken).ConfigureAwait(false);
        foreach (JsonElement agent in JsonDocument.Parse(list).RootElement.GetProperty("agents").EnumerateArray())
        {
            string node = agent.TryGetProperty("node", out JsonElement name) ? name.GetString()! : "no node";
            narrator.Tell($"{agent.GetProperty("id")}: route {agent.GetProperty("route")} at {node}");
        }
    }

    private async Task PushAsync(DemoNode node, DemoAgent agent, CancellationToken cancellationToken)
    {
        string task = $"task-{++_controls}";
        long pushed = Stopwatch.GetTimestamp();
        await node.AskAsync(
            client, _operatorKey, HttpMethod.Post, $"/api/operator/agents/{agent.Name}/controls",
            $"{{\"action\":\"cancel\",\"taskId\":\"{task}\"}}", cancellationToken).ConfigureAwait(false);
        (Control control, _) = await WithinAsync(
            agent.Controls.ReadAsync(cancellationToken).AsTask(), $"the control for {task} to arrive").ConfigureAwait(false);
        if (control.TaskId != task)
        {
            throw new DemoFailedException($"expected the control for {task}, but the control for {control.TaskId} arrived.");
        }

        double milliseconds = Stopwatch.GetElapsedTime(pushed).TotalMilliseconds;
        narrator.Tell(string.Create(
            CultureInfo.InvariantCulture,
            $"pushed at {node.Name}, control '{control.Action} {task}' arrived after {milliseconds:0.0} ms"));
    }

    private static async Task UntilLiveAsync(DemoAgent agent, CancellationToken cancellationToken)
    {
        while ((await WithinAsync(agent.Statuses.ReadAsync(cancellationToken).AsTask(), $"the stream of {agent.Name} to be live")
            .ConfigureAwait(false)).State != DownlinkState.Live)
        {
            // The next change is waited for.
        }
    }

    private static async Task<T> WithinAsync<T>(Task<T> task, string what)
    {
        try
        {
            return await task.WaitAsync(StepTime).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new DemoFailedException($"waited {StepTime.TotalSeconds} s for {what}.");
        }
    }
}
