using System.Collections.Concurrent;
using System.Threading.Channels;
using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;

namespace Unarr.EndToEnd.Tests.Port;

/// <summary>The deployed agents' daemon on the library: what its sync loop does, member for member, and a log of what it did.</summary>
internal sealed class PortedDaemon : DownlinkHandler, IAsyncDisposable
{
    private readonly Channel<string> _log = Channel.CreateUnbounded<string>();
    private readonly ConcurrentDictionary<string, string> _tasks = [];
    private readonly ConcurrentDictionary<int, string?> _deleted = [];
    private readonly ConcurrentQueue<Task> _jobs = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private KeyValuePair<int, string?>[] _reported = [];

    public PortedDaemon(IEnumerable<Uri> servers, Action<DownlinkOptions>? configure = null)
    {
        DownlinkOptions options = new()
        {
            Servers = [.. servers],
            AgentId = "a1",
            Name = "nas",
            Version = "1.0",
            ReconnectDelay = TimeSpan.FromMilliseconds(20),
            PollRetryDelay = TimeSpan.FromMilliseconds(20),
            SyncInterval = TimeSpan.FromMinutes(10),
            SyncIntervalWatching = TimeSpan.FromMinutes(10),
        };
        configure?.Invoke(options);
        Downlink = new AgentDownlink(
            options, this, new DownlinkServices { GetApiKey = _ => ValueTask.FromResult(DeployedServer.Key) });
        _running = Downlink.RunAsync(_stop.Token);
    }

    public AgentDownlink Downlink { get; }

    public ConcurrentQueue<DownlinkException> Refusals { get; } = [];

    public ConcurrentQueue<DownlinkStatus> Statuses { get; } = [];

    /// <summary>What was done, in order.</summary>
    public ChannelReader<string> Log => _log.Reader;

    public Task Running => _running;

    /// <summary>Deletes a file; what it throws is reported.</summary>
    public Action<string> Delete { get; set; } = _ => { };

    public override ValueTask PrepareSyncAsync(SyncBody request, CancellationToken cancellationToken)
    {
        // A sync may arrive twice: what was done with the files is told until a sync that told it has succeeded.
        _reported = [.. _deleted.OrderBy(file => file.Key)];
        int[] confirmed = [.. _reported.Where(file => file.Value is null).Select(file => file.Key)];
        DeleteFailure[] failed =
            [.. _reported.Where(file => file.Value is not null).Select(file => new DeleteFailure(file.Key, file.Value!))];
        request.Write(
            new DaemonReport(
                "/downloads",
                FreeSlots: 0,
                CanDelete: true,
                "running",
                [.. _tasks.OrderBy(task => task.Key, StringComparer.Ordinal).Select(task => new TaskReport(task.Key, task.Value))],
                confirmed.Length > 0 ? confirmed : null,
                failed.Length > 0 ? failed : null),
            PortJson.Default.DaemonReport);
        return ValueTask.CompletedTask;
    }

    public override ValueTask OnSyncedAsync(SyncReport report, CancellationToken cancellationToken)
    {
        if (report.Answer is not { } answer)
        {
            return ValueTask.CompletedTask;
        }

        Array.ForEach(_reported, file => _deleted.TryRemove(file));
        DaemonOrders orders = answer.Read(PortJson.Default.DaemonOrders);
        if (report.Reason == SyncReason.Shutdown && (orders.NewTasks is not null || report.ControlCount > 0))
        {
            Note("refused the last work");
            throw new InvalidOperationException("The daemon takes no work while it stops.");
        }

        foreach (NewTask task in orders.NewTasks ?? [])
        {
            _tasks.TryAdd(task.Id, "queued");
            Note($"task {task.Id} {task.Title}");
        }

        // None of these holds up the controls of this answer or the next sync.
        Array.ForEach(orders.StreamRequests ?? [], request => Start(() => StreamAsync(request)));
        Array.ForEach(orders.FilesToDelete ?? [], DeleteFile);
        if (orders.Upgrade is { Version: { Length: > 0 } version })
        {
            Start(() => UpgradeAsync(version));
        }

        if (orders.Scan)
        {
            Start(ScanAsync);
        }

        Note($"synced {report.Reason} {(report.Watching ? "watched" : "unwatched")}");
        return ValueTask.CompletedTask;
    }

    public override ValueTask HandleControlAsync(Control control, ControlDelivery delivery, CancellationToken cancellationToken)
    {
        if (control.Action is not ("pause" or "resume" or "cancel"))
        {
            throw new ControlRejectedException($"The daemon does not know \"{control.Action}\".");
        }

        if (!_tasks.ContainsKey(control.TaskId))
        {
            // A stream may be faster than the sync that brings the task: the control is tried again.
            throw new InvalidOperationException($"There is no task \"{control.TaskId}\".");
        }

        _tasks[control.TaskId] = control.Action;
        Note($"{control.Action} {control.TaskId}{(control.DeleteFiles ? " with its files" : "")}");
        return ValueTask.CompletedTask;
    }

    public override ValueTask<RefusalAction> OnRefusedAsync(DownlinkException refusal, CancellationToken cancellationToken)
    {
        Refusals.Enqueue(refusal);
        Note($"refused {(int)refusal.StatusCode!} {refusal.ErrorCode} {refusal.ErrorMessage}".TrimEnd());
        return ValueTask.FromResult(refusal.ErrorCode switch
        {
            "agent_limit_reached" => RefusalAction.Park,
            "agent_revoked" when refusal.ErrorMessage == "for good" => RefusalAction.Stop,
            _ => RefusalAction.Default,
        });
    }

    public override ValueTask OnStatusChangedAsync(DownlinkStatus status, CancellationToken cancellationToken)
    {
        Statuses.Enqueue(status);
        Note($"state {status.State}");
        return ValueTask.CompletedTask;
    }

    public void Stop() => _stop.Cancel();

    public async ValueTask DisposeAsync()
    {
        Stop();
        await _running.WaitAsync(TimeSpan.FromSeconds(30));
        await Task.WhenAll(_jobs);
        _stop.Dispose();
    }

    private void Note(string line) => _log.Writer.TryWrite(line);

    private void Start(Func<Task> job) => _jobs.Enqueue(Task.Run(job));

    private async Task StreamAsync(StreamRequest request)
    {
        string path = $"stream-source?taskId={Uri.EscapeDataString(request.TaskId)}";
        StreamSource source = await Downlink.Client.GetAsync(path, PortJson.Default.StreamSource, cancellationToken: _stop.Token);
        await Downlink.Client.PostAsync(
            "status", new StreamReady(request.TaskId, $"{source.Url}{request.FilePath}"), PortJson.Default.StreamReady,
            cancellationToken: _stop.Token);
        Note($"stream {request.TaskId} {request.FilePath}");
    }

    private void DeleteFile(FileToDelete file)
    {
        // It is asked for again until it is told: what is told next is not done twice.
        if (_deleted.ContainsKey(file.ItemId))
        {
            return;
        }

        try
        {
            Delete(file.FilePath);
            _deleted[file.ItemId] = null;
        }
        catch (IOException exception)
        {
            _deleted[file.ItemId] = exception.Message;
        }

        Note($"delete {file.ItemId} {file.FilePath}");
        Downlink.SyncTrigger.Request();
    }

    private async Task UpgradeAsync(string version)
    {
        Done done = await Downlink.Client.PostAsync(
            "upgrade-result", new UpgradeResult("a1", true, version), PortJson.Default.UpgradeResult, PortJson.Default.Done,
            cancellationToken: _stop.Token);
        Note($"upgrade {version} {done.Success}");
    }

    private async Task ScanAsync()
    {
        await Downlink.Client.PostAsync(
            "library-sync", new LibraryReport(["/media/one.mkv"]), PortJson.Default.LibraryReport,
            new DownlinkRequestOptions { Timeout = TimeSpan.FromMinutes(10) }, _stop.Token);
        Note("scan");
    }
}
