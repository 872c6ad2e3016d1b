using System.Globalization;
using Unarr.Agents.Hub;
using Unarr.Agents.Hub.Sqlite;
using Unarr.Agents.Protocol;
using Unarr.ControlPlane.Hosting;
using Unarr.EndToEnd.Tests.ControlPlane;
using Xunit.Abstractions;

namespace Unarr.EndToEnd.Tests.Order;

/// <summary>
/// "An agent's controls have one order, that of their pushes": agents of every kind, two routes each, kills, delays, streams that end,
/// handlers that fail. Nothing is out of order, nothing lost, nothing applied twice but at a kill.
/// </summary>
public sealed class OrderModelTests(ITestOutputHelper output)
{
    private const int Controls = 20_000;
    private const int Agents = 40;

    private static readonly ModelAgentKind?[] Kinds =
    [
        ModelAgentKind.After,
        ModelAgentKind.After | ModelAgentKind.StateFile,
        ModelAgentKind.StateFile,
        ModelAgentKind.None,
        ModelAgentKind.After | ModelAgentKind.Poll | ModelAgentKind.StateFile,
        ModelAgentKind.Poll,
        ModelAgentKind.After | ModelAgentKind.StateFile,
        null,
    ];

    [Fact]
    public async Task Controls_of_every_kind_of_agent_are_applied_in_the_order_of_their_pushes()
    {
        int seed = Environment.GetEnvironmentVariable("UNARR_ORDER_SEED") is { } told
            ? int.Parse(told, CultureInfo.InvariantCulture)
            : Random.Shared.Next();
        output.WriteLine($"UNARR_ORDER_SEED={seed}");
        string file = Path.Combine(Path.GetTempPath(), $"unarr-order-{Guid.NewGuid():N}.db");
        using SqliteControlStore store = SqliteControlStore.Open(file);
        await using ControlPlaneHost host = new(new ControlPlaneOptions
        {
            Keys = RunningControlPlane.Keys(Agents),
            Store = store,
            QueueLimit = 300,
            Heartbeat = TimeSpan.FromSeconds(1),
            WakeHold = TimeSpan.FromSeconds(2),
        });
        await host.StartAsync();
        var time = new FastTime();
        IModelAgent[] agents = [.. Enumerable.Range(0, Agents).Select(index => Agent(index))];
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        await Task.WhenAll(agents.Select((agent, index) => DriveAsync(host, agent, new Random(seed + (2 * index)), deadline.Token)));

        string faults = string.Join('\n', agents.Select(agent => (agent.Id, Fault: Judged(agent))).Where(agent => agent.Fault is not null));
        foreach (IModelAgent agent in agents)
        {
            await agent.DisposeAsync();
        }

        Assert.True(faults.Length == 0, $"UNARR_ORDER_SEED={seed}\n{faults}");

        IModelAgent Agent(int index)
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"a{index + 1}");
            return Kinds[index % Kinds.Length] is { } kind
                ? new ModelAgent(id, host.BaseAddress, kind, seed + (2 * index) + 1, time)
                : new DeployedAgent(id, host.BaseAddress);
        }
    }

    private static string? Judged(IModelAgent agent) =>
        agent.Fault() ?? (agent.Handled.Count == Controls / Agents ? null : $"only {agent.Handled.Count} controls reached it");

    /// <summary>Pushes an agent's controls while its streams end and it is killed, until the hub has nothing more for it.</summary>
    private static async Task DriveAsync(ControlPlaneHost host, IModelAgent agent, Random random, CancellationToken deadline)
    {
        agent.Start();
        const int All = Controls / Agents;
        for (int next = 0; next < All;)
        {
            Control[] controls =
            [
                .. Enumerable.Range(next, Math.Min(random.Next(1, 6), All - next)).Select(control =>
                    new Control("pause", control.ToString(CultureInfo.InvariantCulture))),
            ];
            if ((await host.PushAsync(agent.Id, controls, deadline)).Status == PushStatus.Queued)
            {
                next += controls.Length;
            }

            await (random.Next(40) switch
            {
                0 => RestartAsync(),
                1 or 2 => EndStream(),
                < 20 => Task.Delay(random.Next(20), deadline),
                _ => Task.CompletedTask,
            });
        }

        await host.WaitUntilAsync(agent.Id, view => view.Pending.Count == 0, deadline);

        async Task RestartAsync()
        {
            if (agent is ModelAgent)
            {
                await agent.KillAsync();
                agent.Start();
            }
        }

        Task EndStream()
        {
            host.EndStream(agent.Id);
            return Task.CompletedTask;
        }
    }
}
