using System.Collections.Concurrent;
using System.Threading.Channels;
using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Protocol;

namespace Unarr.EndToEnd.Tests.Downlink;

/// <summary>A downlink running over real sockets, with short timings, and all that its handler was told.</summary>
internal sealed class RunningAgent : DownlinkHandler, IAsyncDisposable
{
    private readonly Channel<DownlinkStatus> _statuses = Channel.CreateUnbounded<DownlinkStatus>();
    private readonly Channel<(Control Control, ControlRoute Source)> _controls = Channel.CreateUnbounded<(Control, ControlRoute)>();
    private readonly Channel<SyncReport> _syncs = Channel.CreateUnbounded<SyncReport>();
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(60));
    private readonly HttpClient _http = new(ControlPlaneClient.CreateHandler());
    private readonly HttpClient _streamHttp = new(ControlPlaneClient.CreateHandler());
    private readonly AgentDownlink _downlink;
    private readonly Task _running;

    public RunningAgent(
        Func<string> key, IEnumerable<Uri> mirrors, Func<DownlinkSettings, DownlinkSettings>? configure =
            null, TimeSpan? connectTimeout = null)
    {
        Mirrors = new MirrorPool(mirrors.Select(mirror => mirror.AbsoluteUri));
        ControlPlaneClientOptions clientOptions = new()
        {
            ApiKey = _ => ValueTask.FromResult(key()),
            ConnectTimeout = connectTimeout ?? TimeSpan.FromSeconds(10),
        };
        ControlPlaneClient client = new(_http, Mirrors, clientOptions, _streamHttp);
        DownlinkSettings options = new()
        {
            AgentId = "a1",
            ReconnectDelay = TimeSpan.FromMilliseconds(50),
            PollRetryDelay = TimeSpan.FromMilliseconds(50),
            FallbackWindow = TimeSpan.FromSeconds(1),
            SyncInterval = TimeSpan.FromMinutes(10),
        };
        _downlink = new AgentDownlink(client, configure?.Invoke(options) ?? options, this);
        _running = _downlink.RunAsync(_stop.Token);
    }

    public MirrorPool Mirrors { get; }

    /// <summary>Ends a test that would wait for ever.</summary>
    public CancellationToken Deadline => _deadline.Token;

    /// <summary>Every control that reached the handler, in order.</summary>
    public ConcurrentQueue<string> Applied { get; } = new();

    /// <summary>Makes a control fail, if it returns an exception for it.</summary>
    public Func<Control, Exception?> Fail { get; set; } = _ => null;

    public async Task<(Control Control, ControlRoute Source)> ControlAsync() => await _controls.Reader.ReadAsync(_deadline.Token);

    /// <summary>Whether pushes reach an agent as far as is known: a long-poll that is open counts before its first answer.</summary>
    public static bool HasRoute(DownlinkStatus status) =>
        status.State == DownlinkState.Live || status.Routes.HasFlag(DownlinkRoutes.LongPoll);

    public async Task<DownlinkStatus> UntilAsync(Func<DownlinkStatus, bool> condition)
    {
        while (true)
        {
            DownlinkStatus status = await _statuses.Reader.ReadAsync(_deadline.Token);
            if (condition(status))
            {
                return status;
            }
        }
    }

    /// <summary>Waits until the agent has a route: not in some status on the way, but now.</summary>
    public async Task UntilCoveredAsync()
    {
        while (!HasRoute(_downlink.Status))
        {
            await _statuses.Reader.ReadAsync(_deadline.Token);
        }
    }

    public async Task<SyncReport> UntilSyncedAsync(Func<SyncReport, bool> condition)
    {
        while (true)
        {
            SyncReport report = await _syncs.Reader.ReadAsync(_deadline.Token);
            if (condition(report))
            {
                return report;
            }
        }
    }

    public override ValueTask HandleControlAsync(Control control, ControlDelivery delivery, CancellationToken cancellationToken)
    {
        if (Fail(control) is { } exception)
        {
            return ValueTask.FromException(exception);
        }

        Applied.Enqueue(control.TaskId);
        return _controls.Writer.WriteAsync((control, delivery.Route), cancellationToken);
    }

    /// <summary>Called with each change of the status.</summary>
    public Action<DownlinkStatus> StatusChanged { get; set; } = _ => { };

    public override ValueTask OnStatusChangedAsync(DownlinkStatus status, CancellationToken cancellationToken)
    {
        StatusChanged(status);
        return _statuses.Writer.WriteAsync(status, cancellationToken);
    }

    public override ValueTask OnSyncedAsync(SyncReport report, CancellationToken cancellationToken) =>
        _syncs.Writer.WriteAsync(report, cancellationToken);

    public Task StopAsync()
    {
        _stop.Cancel();

        // Not until the deadline: where that has passed, what waited for it is to be seen.
        return _running.WaitAsync(TimeSpan.FromSeconds(60));
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _http.Dispose();
        _streamHttp.Dispose();
        _stop.Dispose();
        _deadline.Dispose();
    }
}
