using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Downlink.Observing;
using Unarr.Pipelines.Net;

namespace Unarr.Agents.Downlink;

/// <summary>Receives a control plane's pushes for this agent: over a stream where it gets through, otherwise over a long-poll,
/// with syncs alongside.</summary>
/// <remarks>
/// <example>
/// <code>
/// var downlink = new AgentDownlink(
///     new DownlinkOptions { Servers = [new Uri("https://control.example.com")], ApiKeyFile = "/run/secrets/agent-key" },
///     handler);
/// await downlink.RunAsync(stoppingToken);
/// </code>
/// </example>
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "RunAsync disposes what the constructor made; until then that holds nothing.")]
public sealed class AgentDownlink
{
    private readonly ControlPlaneClient _client;
    private readonly DownlinkSettings _settings;
    private readonly DownlinkHandler _handler;
    private readonly ILogger _logger;
    private readonly StatusRecord _status;
    private readonly List<IDisposable> _owned = [];
    private int _started;
    private DownlinkRun? _run;

    /// <summary>Makes a downlink, which <see cref="RunAsync"/> runs. The constructor opens no file and no connection.</summary>
    /// <param name="options">The options. The constructor checks and copies them: later changes have no effect.</param>
    /// <param name="handler">The handler that applies the controls.</param>
    /// <param name="services">The services that the downlink uses. Default: the downlink makes all of them itself.</param>
    /// <exception cref="ArgumentException">An option cannot be used (an <see cref="ArgumentOutOfRangeException"/> where it is outside its
    /// range), there is no API key, both HTTP clients are the same instance, or the sync trigger or the client belongs to another downlink.
    /// The message names the option.</exception>
    /// <exception cref="ProxyVariableException">A proxy variable of the environment holds a value that cannot be used.</exception>
    public AgentDownlink(DownlinkOptions options, DownlinkHandler handler, DownlinkServices? services = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(handler);
        services ??= new DownlinkServices();
        DownlinkOptions copy = options.Copy();
        DownlinkOptionsCheck.ThrowIfAny(copy);
        if (services.StreamHttp is { } http && ReferenceEquals(http, services.RequestHttp))
        {
            throw new ArgumentException(
                $"{nameof(services.StreamHttp)} and {nameof(services.RequestHttp)} must not be the same instance.", nameof(services));
        }

        _handler = handler;
        _logger = services.LoggerFactory?.CreateLogger<AgentDownlink>() ?? (ILogger)NullLogger.Instance;
        _settings = DownlinkSettings.Of(copy, services);
        var clientOptions = new ControlPlaneClientOptions
        {
            ApiKey = services.GetApiKey ?? KeyOf(copy),
            BasePath = copy.BasePath,
            UserAgent = copy.UserAgent,
            ConnectTimeout = copy.ConnectTimeout,
            WakeTimeout = copy.WakeTimeout,
            SyncTimeout = copy.SyncTimeout,
            MaxLineBytes = copy.MaxLineBytes,
            MaxEventBytes = copy.MaxEventBytes,
            TimeProvider = _settings.TimeProvider,
        };
        _client = new ControlPlaneClient(
            services.RequestHttp ?? Http(copy),
            new MirrorPool(MirrorPool.Texts(copy.Servers), copy.AllowInsecureHttp, _settings.TimeProvider),
            clientOptions,
            services.StreamHttp ?? Http(copy));
        _status = new StatusRecord(_settings.TimeProvider, new CoverRecord(_settings.TimeProvider));
        SyncTrigger = Bound(services.SyncTrigger);
        Client = services.Client ?? new DownlinkClient();
        Client.Bind(_client);
    }

    /// <summary>The same over a client that the caller made and keeps.</summary>
    internal AgentDownlink(ControlPlaneClient client, DownlinkSettings settings, DownlinkHandler handler, ILogger? logger = null)
    {
        _client = client;
        _settings = settings;
        _handler = handler;
        _logger = logger ?? NullLogger.Instance;
        SyncTrigger = Bound(null);
        Client = new DownlinkClient();
        Client.Bind(client);
        _status = new StatusRecord(settings.TimeProvider, new CoverRecord(settings.TimeProvider));
    }

    /// <summary>The status now. Thread-safe.</summary>
    public DownlinkStatus Status => _status.Current;

    /// <summary>The trigger that asks this downlink for syncs: that of the services, or one that the downlink made.</summary>
    public SyncTrigger SyncTrigger { get; }

    /// <summary>Asks the control plane's other endpoints: that of the services, or one that the downlink made.</summary>
    public DownlinkClient Client { get; }

    /// <summary>What covers the agent, since when, and how long that is.</summary>
    internal CoverRecord Cover => _status.Cover;

    /// <summary>Replaces the servers. Streams, polls and syncs that are open stay open. The next ones go to the server in use,
    /// if it is one of the new servers, otherwise to the new primary. Thread-safe.</summary>
    /// <param name="servers">The new servers, under the rules of <see cref="DownlinkOptions.Servers"/>.</param>
    /// <exception cref="ArgumentException">A server cannot be used, or the list is empty. The servers are unchanged then.</exception>
    public void ReplaceServers(IEnumerable<Uri> servers)
    {
        ArgumentNullException.ThrowIfNull(servers);
        _client.Mirrors.Replace(MirrorPool.Texts(servers));
    }

    /// <summary>Ends the wait for the next attempt: streams, polls and syncs are tried at once, also when the agent is parked or its key is
    /// refused. Only the time that the server asked for (<c>Retry-After</c>) is waited for. It does nothing while the downlink does not
    /// run. Thread-safe.</summary>
    public void RetryNow() => Volatile.Read(ref _run)?.RetryNow();

    /// <summary>Runs the downlink until the token is cancelled or <see cref="DownlinkHandler.OnRefusedAsync"/> ends it; nothing on the
    /// network ends it by itself. It opens the state file at its start.</summary>
    /// <param name="cancellationToken">Ends the downlink: it closes stream and poll, applies the controls at hand and makes a last sync,
    /// all within <see cref="DownlinkOptions.ShutdownTimeout"/>. It leaves no task, socket or timer running.</param>
    /// <returns>A task that ends when everything has ended. Cancelling does not fault it.</returns>
    /// <exception cref="InvalidOperationException">The downlink was run earlier.</exception>
    /// <exception cref="IOException">The state file cannot be read or written, or another downlink uses it.</exception>
    /// <exception cref="UnauthorizedAccessException">The state file may not be read or written.</exception>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
        {
            throw new InvalidOperationException("A downlink can be run once.");
        }

        try
        {
            using var run = new DownlinkRun(_client, _settings, _handler, _logger, _status, SyncTrigger);
            Volatile.Write(ref _run, run);
            await run.RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (_status.Current.State != DownlinkState.Stopped)
        {
            _status.Changed(new(DownlinkRoutes.None, DownlinkState.Stopped, null, $"the downlink failed ({exception.GetType().Name})"), 0);
            throw;
        }
        finally
        {
            Volatile.Write(ref _run, null);
            SyncTrigger.End();
            Client.End();
            _owned.ForEach(owned => owned.Dispose());
        }
    }

    private static SyncTrigger Bound(SyncTrigger? trigger)
    {
        SyncTrigger bound = trigger ?? new SyncTrigger();
        bound.Bind();
        return bound;
    }

    private Func<CancellationToken, ValueTask<string>> KeyOf(DownlinkOptions options) => !string.IsNullOrEmpty(options.ApiKeyFile)
        ? new ApiKeyFile(options.ApiKeyFile, _logger).ReadAsync
        : throw new ArgumentException(
            $"An API key is needed: {nameof(options.ApiKeyFile)}, or {nameof(DownlinkServices)}.{nameof(DownlinkServices.GetApiKey)}.",
            nameof(options));

    private HttpMessageInvoker Http(DownlinkOptions options)
    {
        var http = new HttpMessageInvoker(ControlPlaneClient.CreateHandler(options.ConnectTimeout));
        _owned.Add(http);
        return http;
    }
}
