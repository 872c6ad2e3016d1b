using Microsoft.Extensions.Logging.Abstractions;
using Unarr.Agents.Hub.Nats;
using Unarr.Agents.Hub.Signals;
using Unarr.EndToEnd.Tests.Nats;

namespace Unarr.EndToEnd.Tests.Stores;

/// <summary>What the store over JetStream owes as every store, on one server.</summary>
public sealed class NatsControlStoreTests(NatsServerFixture fixture) : ControlStoreTests, IClassFixture<NatsServerFixture>, IAsyncLifetime
{
    private NatsNode? _node;

    private protected override ControlStore Store => fixture.Server is not null ? _node!.Store : null!;

    public async Task InitializeAsync()
    {
        if (Needs.Has(NatsServer.Program))
        {
            _node = NodeOf(fixture.Server.Url, $"t{Guid.NewGuid():N}");
            await _node.StartAsync(default);
        }
    }

    public async Task DisposeAsync()
    {
        if (_node is not null)
        {
            await _node.DisposeAsync();
        }
    }

    [SkippableFact]
    public async Task Control_that_ended_elsewhere_is_not_added_once_more()
    {
        string prefix = $"t{Guid.NewGuid():N}";
        await using NatsNode one = NodeOf(fixture.Server.Url, prefix);
        await using NatsNode two = NodeOf(fixture.Server.Url, prefix);
        await one.StartAsync(default);
        await two.StartAsync(default);
        two.Store.DropAfter = TimeSpan.Zero;
        ControlRecord[] control =
        [
            new ControlRecord
            {
                AgentId = "a1",
                Control = new Unarr.Agents.Protocol.Control("pause") { Id = "c1", PushedAt = DateTimeOffset.UnixEpoch },
                State = ControlState.Pending,
            },
        ];
        Assert.Equal(PushStatus.Queued, (await two.Store.AddOnceAsync(control, 4, default))[0].Status);
        TaskCompletionSource dropped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        one.Cache.Stepped = (_, _) =>
            _ = one.Cache.Find("a1") is { Revision: > 1, Mark: { Pending: 0, Ended: 0 } } && dropped.TrySetResult();
        await two.Store.UpdateAsync("a1", [new ControlUpdate { ControlId = "c1", State = ControlState.Applied }], default);
        await dropped.Task.WaitAsync(TimeSpan.FromSeconds(20));

        PushResult again = (await one.Store.AddOnceAsync(control, 4, default))[0];

        Assert.Equal(PushStatus.Queued, again.Status);
        Assert.Equal(["c1"], again.ControlIds);
        Assert.Empty(await one.Store.GetPendingAsync("a1", 0, 4, default));
    }

    private static NatsNode NodeOf(string urls, string prefix) => new(
        new NatsSettings(urls, new NatsAgentHubOptions { Create = true, Prefix = prefix, MaxBytes = 16 * 1024 * 1024 }),
        new HubClock(TimeProvider.System), NullLoggerFactory.Instance);
}
