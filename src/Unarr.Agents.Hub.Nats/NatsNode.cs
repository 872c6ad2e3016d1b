using NATS.Client.Core;
using NATS.Client.JetStream;
using Unarr.Agents.Hub.Signals;

namespace Unarr.Agents.Hub.Nats;

/// <summary>One node of a fleet: its connection to NATS, its copy of the documents, and the store over both.</summary>
internal sealed class NatsNode : IAsyncDisposable, IDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan CompareEvery = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan CompareAgain = TimeSpan.FromSeconds(2);

    private readonly NatsSettings _settings;
    private readonly HubClock _clock;
    private readonly NatsJSContext _jetStream;
    private readonly NatsBuckets _buckets;
    private readonly DocumentLink _link;
    private readonly BucketWatch _watch;
    private readonly ILogger<NatsNode> _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _whole = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private Task _running = Task.CompletedTask;
    private int _disposed;

    public NatsNode(NatsSettings settings, HubClock clock, ILoggerFactory loggers)
    {
        _settings = settings;
        _clock = clock;
        _logger = loggers.CreateLogger<NatsNode>();

        // What the client logs at each try to connect is said here once.
        Connection = new NatsConnection(settings.ToConnection(Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance));
        _jetStream = new NatsJSContext(Connection, new NatsJSOpts(Connection.Opts, requestTimeout: TimeSpan.FromSeconds(5)));
        Names = new NatsNames(settings.Prefix);
        _buckets = new NatsBuckets(_jetStream, Names, settings);
        _link = new DocumentLink(_jetStream, Names);
        _watch = new BucketWatch(_jetStream, Names.Pending, See, CaughtUp, _logger);
        Fleet = new NatsFleet(this, _jetStream, _logger);
        Store = new NatsControlStore(this, _link, Cache, _logger);
    }

    public NatsConnection Connection { get; }

    public NatsNames Names { get; }

    public DocumentCache Cache { get; } = new();

    public NatsControlStore Store { get; }

    public NatsFleet Fleet { get; }

    public string Name => _settings.NodeName;

    /// <summary>Why this node's copy may be behind; <see langword="null"/> when it is not.</summary>
    public string? Degraded => _watch.Trouble;

    /// <summary>Connects, and returns when all that is pending is known here.</summary>
    /// <exception cref="ControlStoreException">NATS cannot be used as it is.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource time = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        time.CancelAfter(StartTime);
        try
        {
            await ConnectAsync(time.Token).ConfigureAwait(false);
            int replicas = await UntilAnsweredAsync(_buckets.EnsureAsync, time.Token).ConfigureAwait(false);
            if (replicas < 3)
            {
                FleetLog.FewReplicas(_logger, replicas);
            }

            // What is pending may be much: its first reading is bounded by the caller alone.
            await UntilAnsweredAsync(stop => CompareOnceAsync(0, stop), time.Token).ConfigureAwait(false);
            _running = Task.WhenAll(
                _watch.RunAsync(_stop.Token), Store.LookAsync(_stop.Token), CompareAsync(_stop.Token), Fleet.FollowAsync(_stop.Token));
            await Task.WhenAll(_whole.Task, Fleet.Whole).WaitAsync(cancellationToken).ConfigureAwait(false);
            _running = Task.WhenAll(_running, Fleet.RunAsync(_stop.Token));
            string sync = await ServerMonitor.ReadSyncAsync(_settings.Monitors, cancellationToken).ConfigureAwait(false);
            FleetLog.NodeStarted(_logger, Name, Connection.ServerInfo!.Version, replicas, Cache.Count, sync);
            if (_settings.Monitors.Length > 0 && sync != ServerMonitor.Always)
            {
                FleetLog.NotSynced(_logger, sync);
            }
        }
        catch (Exception exception) when (NatsFailure.IsSilence(exception) && !cancellationToken.IsCancellationRequested)
        {
            throw new ControlStoreException($"JetStream has not answered within {StartTime.TotalSeconds:0} s", exception);
        }
    }

    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            await Fleet.LeaveAsync().ConfigureAwait(false);
            await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Connection.DisposeAsync().ConfigureAwait(false);
            _stop.Dispose();
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    public void Dispose() => _ = StopAsync();

    public ValueTask PublishAsync(string subject, string text, CancellationToken cancellationToken) =>
        Connection.PublishAsync(subject, text, cancellationToken: cancellationToken);

    public Task CheckBucketsAsync(CancellationToken cancellationToken) => _buckets.CheckAsync(cancellationToken);

    /// <summary>Reads a document through the stream's leader into this node's copy.</summary>
    /// <returns>Its revision; 0 when it could not be read.</returns>
    public async Task<ulong> TryReadAsync(string agentId, CancellationToken cancellationToken)
    {
        try
        {
            using CancellationTokenSource answer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            answer.CancelAfter(TimeSpan.FromSeconds(2));
            PendingDocument document = await _link.ReadAsync(agentId, answer.Token).ConfigureAwait(false);
            Cache.Step(agentId, document);
            return document.Revision;
        }
        catch (Exception exception) when (
            NatsFailure.IsSilence(exception) || exception is NatsException or ControlStoreException or ObjectDisposedException)
        {
            FleetLog.NotRead(_logger, exception);
            return 0;
        }
    }

    /// <summary>Asks again while nobody answers: a stream whose leader is being chosen does not, and a stream cannot be placed before all
    /// servers of a cluster have found each other.</summary>
    private static async Task<T> UntilAnsweredAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await ask(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (NatsFailure.MayPass(exception) && !cancellationToken.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (cancellationToken.IsCancellationRequested)
                {
                    throw;
                }
            }
        }
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await Connection.ConnectAsync().AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
                break;
            }
            catch (NatsException exception)
            {
                if (exception is NatsServerException || exception.InnerException is NatsServerException)
                {
                    throw new ControlStoreException($"NATS refuses this node: {exception.Message.TrimEnd('.')}", exception);
                }

                // A server that starts just now is waited for.
                await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (cancellationToken.IsCancellationRequested)
                {
                    throw new ControlStoreException("no NATS server can be reached there", exception);
                }
            }
        }

        INatsServerInfo server = Connection.ServerInfo!;
        if (Version.TryParse(server.Version.Split('-')[0], out Version? version) && version < NatsSettings.OldestServer)
        {
            throw new ControlStoreException(
                $"nats-server {server.Version} is too old: {NatsSettings.OldestServer} or newer is needed");
        }

        if (!server.JetStreamAvailable)
        {
            throw new ControlStoreException("this NATS server has no JetStream");
        }
    }

    private void See(BucketEntry entry)
    {
        if (AgentKey.Read(entry.Key) is not { } agentId)
        {
            return;
        }

        _seen.Add(agentId);
        try
        {
            Cache.Step(agentId, DocumentLink.ToDocument(agentId, entry.Revision, entry.Value, entry.Headers));
        }
        catch (ControlStoreException exception)
        {
            FleetLog.Unreadable(_logger, Lines.Printable.Text(agentId), exception.Message);
        }
    }

    private void CaughtUp(bool wasFull)
    {
        if (wasFull)
        {
            Cache.KeepOnly(_seen);
        }

        _seen.Clear();
        _seen.TrimExcess();
        _whole.TrySetResult();
    }

    /// <summary>Compares the copy with the bucket from time to time: a bucket that was made again or restored begins anew.</summary>
    private async Task CompareAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(CompareEvery, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                // A leader that is new, or that is not one any more, may be behind for a moment.
                ulong revision = _watch.LastRevision;
                if (await CompareOnceAsync(revision, cancellationToken).ConfigureAwait(false))
                {
                    await Task.Delay(CompareAgain, cancellationToken).ConfigureAwait(false);
                    await BeginAgainAsync(revision, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (Exception exception) when (exception is NatsException or OperationCanceledException or ObjectDisposedException)
            {
                FleetLog.NotRead(_logger, exception);
            }
        }
    }

    private async Task BeginAgainAsync(ulong revision, CancellationToken cancellationToken)
    {
        if (await CompareOnceAsync(revision, cancellationToken).ConfigureAwait(false))
        {
            FleetLog.OtherBucket(_logger, Names.Pending);
            Cache.Clear();
            _watch.StartOver();
        }
    }

    /// <summary>Takes the servers' time, and looks whether the bucket is the one that was read.</summary>
    /// <param name="revision">What was seen of it; 0 for nothing.</param>
    /// <param name="cancellationToken">Ends the wait for the server.</param>
    /// <returns>Whether it seems to be another one.</returns>
    private async Task<bool> CompareOnceAsync(ulong revision, CancellationToken cancellationToken)
    {
        DateTimeOffset before = _clock.Own.GetUtcNow();
        INatsJSStream stream = await _jetStream.GetStreamAsync(
            NatsNames.StreamOf(Names.Pending), cancellationToken: cancellationToken).ConfigureAwait(false);
        DateTimeOffset after = _clock.Own.GetUtcNow();
        TimeSpan offset = stream.Info.Ts - (before + ((after - before) / 2));
        if ((offset - _clock.Offset).Duration() > ClockTolerance)
        {
            _clock.Offset = offset;
        }

        return stream.Info.State.LastSeq < revision;
    }
}
