using System.Collections.Concurrent;
using System.Threading.Channels;
using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Tests.Http;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>Hands what the downlink tells its application to the test.</summary>
internal sealed class RecordingHandler : IDownlinkHandler
{
    private readonly Channel<(string TaskId, ControlSource Source)> _controls = Channel.CreateUnbounded<(string, ControlSource)>();
    private readonly Channel<SyncReport> _syncs = Channel.CreateUnbounded<SyncReport>();
    private readonly Channel<DownlinkStatus> _statuses = Channel.CreateUnbounded<DownlinkStatus>();

    /// <summary>All statuses and failed syncs, as texts.</summary>
    public ConcurrentQueue<string> Texts { get; } = new();

    public Func<ControlAction, CancellationToken, ValueTask>? OnControl { get; set; }

    public Action? OnNotification { get; set; }

    public Action<SyncRequest>? OnPrepare { get; set; }

    public int PendingControls => _controls.Reader.Count;

    public Task<(string TaskId, ControlSource Source)> ControlAsync() => Signal.Of(_controls.Reader.ReadAsync().AsTask(), "a control");

    public Task<SyncReport> SyncedAsync() => Signal.Of(_syncs.Reader.ReadAsync().AsTask(), "a sync's report");

    /// <summary>The next status in the given state; those before it are passed over.</summary>
    public async Task<DownlinkStatus> StatusAsync(DownlinkState state)
    {
        DownlinkStatus status;
        do
        {
            status = await Signal.Of(_statuses.Reader.ReadAsync().AsTask(), $"the state {state}");
        }
        while (status.State != state);
        return status;
    }

    public async ValueTask HandleControlAsync(ControlAction control, ControlSource source, CancellationToken cancellationToken)
    {
        _controls.Writer.TryWrite((control.TaskId, source));
        if (OnControl is { } onControl)
        {
            await onControl(control, cancellationToken);
        }
    }

    public void PrepareSync(SyncRequest request) => OnPrepare?.Invoke(request);

    public void OnSynced(SyncReport report)
    {
        Texts.Enqueue($"{report} {report.Error}");
        _syncs.Writer.TryWrite(report);
        OnNotification?.Invoke();
    }

    public void OnStatusChanged(DownlinkStatus status)
    {
        Texts.Enqueue(status.ToString());
        _statuses.Writer.TryWrite(status);
        OnNotification?.Invoke();
    }
}
