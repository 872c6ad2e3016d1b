using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Tests.Http;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>Hands what the downlink tells its application to the test.</summary>
internal class RecordingHandler : DownlinkHandler
{
    private readonly Channel<(string TaskId, ControlRoute Source)> _controls = Channel.CreateUnbounded<(string, ControlRoute)>();
    private readonly Channel<SyncReport> _syncs = Channel.CreateUnbounded<SyncReport>();
    private readonly Channel<DownlinkStatus> _statuses = Channel.CreateUnbounded<DownlinkStatus>();

    /// <summary>All statuses and failed syncs, as texts.</summary>
    public ConcurrentQueue<string> Texts { get; } = new();

    public Func<Control, CancellationToken, ValueTask>? OnControl { get; set; }

    public Action? OnNotification { get; set; }

    public Func<SyncReport, CancellationToken, ValueTask>? OnSynced { get; set; }

    public Func<DownlinkException, CancellationToken, ValueTask<RefusalAction>>? OnRefused { get; set; }

    /// <summary>The numbers of the attempts to apply controls, in order.</summary>
    public ConcurrentQueue<int> Attempts { get; } = new();

    public Action<SyncBody>? OnPrepare { get; set; }

    public int PendingControls => _controls.Reader.Count;

    public Task<(string TaskId, ControlRoute Source)> ControlAsync() => Signal.Of(_controls.Reader.ReadAsync().AsTask(), "a control");

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

    public override async ValueTask HandleControlAsync(Control control, ControlDelivery delivery, CancellationToken cancellationToken)
    {
        _controls.Writer.TryWrite((control.TaskId, delivery.Route));
        Attempts.Enqueue(delivery.Attempt);
        if (OnControl is { } onControl)
        {
            await onControl(control, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Adds the member <c>disk</c>, 7, to a sync.</summary>
    public static void AddDisk(SyncBody request) => request.Write(
        new Dictionary<string, JsonElement> { ["disk"] = JsonElement.Parse("7") }, ProtocolJsonContext.Default.DictionaryStringJsonElement);

    public override ValueTask PrepareSyncAsync(SyncBody request, CancellationToken cancellationToken)
    {
        OnPrepare?.Invoke(request);
        return ValueTask.CompletedTask;
    }

    public override ValueTask OnSyncedAsync(SyncReport report, CancellationToken cancellationToken)
    {
        Texts.Enqueue($"{report.Reason} {report.Error}");
        _syncs.Writer.TryWrite(report);
        OnNotification?.Invoke();
        return OnSynced?.Invoke(report, cancellationToken) ?? ValueTask.CompletedTask;
    }

    public override ValueTask<RefusalAction> OnRefusedAsync(DownlinkException refusal, CancellationToken cancellationToken) =>
        OnRefused is { } onRefused ? onRefused(refusal, cancellationToken) : base.OnRefusedAsync(refusal, cancellationToken);

    public override ValueTask OnStatusChangedAsync(DownlinkStatus status, CancellationToken cancellationToken)
    {
        Texts.Enqueue($"{status.Server} {status.Reason} {status.LastError}");
        _statuses.Writer.TryWrite(status);
        OnNotification?.Invoke();
        return ValueTask.CompletedTask;
    }
}
