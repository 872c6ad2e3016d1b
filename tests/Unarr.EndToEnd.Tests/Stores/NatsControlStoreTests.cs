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

    private static NatsNode NodeOf(string urls, string prefix) => new(
        new NatsSettings(urls, new NatsAgentHubOptions { Create = true, Prefix = prefix, MaxBytes = 16 * 1024 * 1024 }),
        new HubClock(TimeProvider.System), NullLoggerFactory.Instance);
}
