using Unarr.Agents.Hub.Controls;
using Unarr.Agents.Hub.Keys;
using Unarr.Agents.Protocol;
using Unarr.ControlPlane.Keys;
using Unarr.ControlPlane.Operator;

namespace Unarr.ControlPlane.Hosting;

/// <summary>A control plane in this process: started, asked, stopped, and started again where it was.</summary>
/// <remarks>
/// What is pending survives a stop, as the store does, and so does what is known of agents. It takes no signals: its owner stops it.
/// </remarks>
internal sealed class ControlPlaneHost : IAsyncDisposable
{
    private readonly ControlStore _store;
    private ControlPlaneOptions _options;
    private WebApplication? _application;
    private KeyRing? _keys;

    public ControlPlaneHost(ControlPlaneOptions options)
    {
        _options = options;
        _store = options.Store ?? new InMemoryControlStore(options.History);
    }

    /// <summary>Where it listens; after the first start the same for good.</summary>
    public IReadOnlyList<Uri> Addresses { get; private set; } = [];

    /// <summary>The first of <see cref="Addresses"/>.</summary>
    public Uri BaseAddress => Addresses.Count > 0 ? Addresses[0] : throw new InvalidOperationException("The host has not been started.");

    /// <summary>Starts listening.</summary>
    /// <exception cref="IOException">An address is in use or cannot be bound.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (_application is not null)
        {
            throw new InvalidOperationException("The host is running.");
        }

        WebApplication application = ControlPlaneApplication.Build(_options, _store);
        try
        {
            await application.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        _application = application;
        _keys = application.Services.GetRequiredService<KeyRing>();

        // A port that the system chose is kept: agents find a restarted control plane where it was.
        Addresses = [.. application.Urls.Select(url => new Uri(url))];
        _options = _options with { Urls = [.. application.Urls] };
    }

    /// <summary>Ends every stream, answers every poll and stops listening; harmless when it is not running.</summary>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        WebApplication? application = Interlocked.Exchange(ref _application, null);
        if (application is not null)
        {
            _keys = null;
            await application.StopAsync(cancellationToken).ConfigureAwait(false);
            await application.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Pushes controls to an agent, as the operator's endpoint does; ids are given here.</summary>
    public Task<PushResult> PushAsync(string agentId, IReadOnlyList<Control> controls, CancellationToken cancellationToken = default) =>
        Service<AgentHub>().PushAsync(agentId, controls, cancellationToken);

    /// <summary>Asks an agent for a sync.</summary>
    public void Nudge(string agentId) => Completed(Service<AgentHub>().RequestSyncAsync(agentId));

    /// <summary>Sets what syncs answer as <c>watching</c>.</summary>
    public void Watch(string agentId, bool watching) => Completed(Service<AgentHub>().SetWatchingAsync(agentId, watching));

    /// <summary>The services of the running host.</summary>
    public IServiceProvider Services =>
        (_application ?? throw new InvalidOperationException("The host is not running.")).Services;

    /// <summary>A logger where the running host logs.</summary>
    public ILogger Logger<T>() => Service<ILogger<T>>();

    /// <summary>Replaces the keys, for this run and those to come. What was opened with a key that changes ends.</summary>
    public void UseKeys(ApiKeys keys)
    {
        _options = _options with { Keys = keys };
        _keys?.Use(keys);
    }

    /// <summary>All agents, ordered by id.</summary>
    public Task<IReadOnlyList<AgentView>> ListAsync(CancellationToken cancellationToken = default) =>
        Service<AgentBoard>().ListAsync(cancellationToken);

    /// <summary>An agent with its pending and its settled controls.</summary>
    /// <exception cref="ArgumentException">There is no such agent.</exception>
    public async Task<AgentDetailView> ShowAsync(string agentId, CancellationToken cancellationToken = default) =>
        await Service<AgentBoard>().ShowAsync(agentId, cancellationToken).ConfigureAwait(false)
            ?? throw new ArgumentException($"There is no agent '{agentId}'.", nameof(agentId));

    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    /// <summary>These calls of the hub have ended when they return.</summary>
    private static void Completed(Task call) => call.GetAwaiter().GetResult();

    private T Service<T>()
        where T : notnull => Services.GetRequiredService<T>();
}
