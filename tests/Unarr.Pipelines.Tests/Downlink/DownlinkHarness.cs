using System.IO.Pipelines;
using System.Net;
using System.Text;
using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Downlink.Syncing;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>A downlink, by the sequential rule unless configured otherwise, on a scripted network in virtual time.
/// Ending it holds what every scenario must leave: nothing.</summary>
internal sealed class DownlinkHarness : IAsyncDisposable
{
    /// <summary>Longer than any scenario: syncs come when they are asked for.</summary>
    private static readonly TimeSpan NoSync = TimeSpan.FromHours(20);

    public static readonly TimeSpan HedgingSyncInterval = TimeSpan.FromSeconds(13);

    private readonly HttpClient _http;
    private readonly CancellationTokenSource _stop = new();
    private Task? _running;

    public DownlinkHarness(Func<DownlinkSettings, DownlinkSettings>? configure = null, params string[] mirrorUrls)
        : this(null, configure, mirrorUrls)
    {
    }

    /// <summary>The same with another application.</summary>
    public DownlinkHarness(
        DownlinkHandler? handler, Func<DownlinkSettings, DownlinkSettings>? configure = null, params string[] mirrorUrls)
    {
        Handler = handler as RecordingHandler ?? new RecordingHandler();
        _http = new HttpClient(Server) { Timeout = Timeout.InfiniteTimeSpan };
        var mirrors = new MirrorPool(mirrorUrls.Length > 0 ? mirrorUrls : ["https://a.example"], timeProvider: Time);
        var client = new ControlPlaneClient(
            _http, mirrors,
            new ControlPlaneClientOptions { ApiKey = _ => KeyAsync?.Invoke() ?? ValueTask.FromResult(Key), TimeProvider = Time });
        var options = new DownlinkSettings
        {
            AgentId = "agent-1",
            Hedging = false,
            TimeProvider = Time,
            SyncInterval = NoSync,
            SyncIntervalWatching = NoSync
        };
        Downlink = new AgentDownlink(client, configure?.Invoke(options) ?? options, handler ?? Handler, Logger);
    }

    public ScriptedServer Server { get; } = new();

    public ObservedTime Time { get; } = new();

    public RecordingHandler Handler { get; }

    public CapturingLogger Logger { get; } = new();

    public AgentDownlink Downlink { get; }

    /// <summary>The run; one that has faulted is the test's to look at.</summary>
    public Task Running => _running!;

    public string Key { get; set; } = ClientHarness.Key;

    /// <summary>Gives the key instead.</summary>
    public Func<ValueTask<string>>? KeyAsync { get; set; }

    /// <summary>Whether the last sync is answered when the harness ends.</summary>
    public bool AnswersLastSync { get; set; } = true;

    public static async Task SendAsync(PipeWriter stream, string text) => await stream.WriteAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>One command event with a control for each task.</summary>
    public static string Command(params IEnumerable<string> tasks) =>
        "event: command\ndata: {\"controls\":[" +
        string.Join(',', tasks.Select(task => $$"""{"action":"pause","taskId":"{{task}}"}""")) +
        "]}\n\n";

    /// <summary>What a busy server answers.</summary>
    public static void AnswerBusy(ScriptedRequest request, int seconds) =>
        request.Answer(HttpStatusCode.ServiceUnavailable, "", "text/plain", ("Retry-After", $"{seconds}"));

    public void Start() => _running = Downlink.RunAsync(_stop.Token);

    /// <summary>A downlink that hedges, whose jitter is the middle of each range and whose syncs are 13 s apart.</summary>
    public static DownlinkHarness Hedging(Func<DownlinkSettings, DownlinkSettings>? configure = null, params string[] mirrorUrls) => new(
        options =>
        {
            options = options with
            {
                Hedging = true,
                Random = () => 0.5,
                SyncInterval = HedgingSyncInterval,
                SyncIntervalWatching = HedgingSyncInterval
            };
            return configure?.Invoke(options) ?? options;
        },
        mirrorUrls);

    /// <summary>Runs the downlink up to its first sync's end; the stream's request waits.</summary>
    public async Task<ScriptedRequest> StartAsync(string firstSync = "{}")
    {
        ScriptedRequest events = await StartSyncingAsync(firstSync);
        await SyncIsOverAsync(SyncReason.Start, succeeds: true, armings: 0);
        return events;
    }

    /// <summary>Runs the downlink up to its first sync's answer, which the application need not be done with.</summary>
    public async Task<ScriptedRequest> StartSyncingAsync(string firstSync = "{}")
    {
        Start();
        ScriptedRequest events = await Server.EventsAsync();
        (await Server.SyncAsync()).Json(firstSync);
        return events;
    }

    /// <summary>Runs the downlink until its stream is live.</summary>
    public async Task<PipeWriter> StartLiveAsync()
    {
        PipeWriter stream = (await StartAsync()).Stream();
        await SendAsync(stream, ": connected hb=15000\n");
        await Handler.StatusAsync(DownlinkState.Live);
        return stream;
    }

    /// <summary>Lets the next sync fail, and waits until it is over.</summary>
    public Task FailSyncAsync(SyncReason reason, HttpStatusCode status = HttpStatusCode.InternalServerError, string body = "") =>
        EndSyncAsync(reason, false, sync => sync.Answer(status, body));

    /// <summary>Answers the next sync, and waits until it is over.</summary>
    public Task AnswerSyncAsync(SyncReason reason, string json = "{}") => EndSyncAsync(reason, true, sync => sync.Json(json));

    /// <summary>Answers the next sync, whatever its reason is, and waits until it is over.</summary>
    public Task<ScriptedRequest> NextSyncAsync(string json) => EndSyncAsync(null, true, sync => sync.Json(json));

    /// <summary>Answers the last sync; one that was under way is cancelled before it.</summary>
    public async Task AnswerLastSyncAsync()
    {
        ScriptedRequest sync;
        do
        {
            sync = await Server.SyncAsync();
            sync.Json("{}");
        }
        while (sync.Answered.IsCanceled);
    }

    /// <summary>Asks the downlink to end; what it still sends is the test's to answer.</summary>
    public async Task<Task> CancelAsync()
    {
        await _stop.CancelAsync();
        return _running!;
    }

    /// <summary>The downlink's end, and what it must leave: no timer, no response, no key in any text, no exception unseen.</summary>
    public async Task EndedAsync(Task running)
    {
        await Signal.Of(running, "the downlink's end");
        Assert.Equal(DownlinkState.Stopped, Downlink.Status.State);

        // The runtime gives the timer of a wait back just after the wait has ended.
        Assert.True(SpinWait.SpinUntil(() => Time.LiveTimers == 0, TimeSpan.FromSeconds(30)), "a timer was left behind");
        Assert.All(Server.Responses, response => Assert.True(response.IsDisposed, "a response was not given back"));
        Assert.All(Server.Requests, request => Assert.True(request.Answered.IsCompleted, "a request was left behind"));
        Assert.DoesNotContain(Logger.Lines, line => line.Contains(ClientHarness.Key, StringComparison.Ordinal));
        Assert.DoesNotContain(Handler.Texts, text => text.Contains(ClientHarness.Key, StringComparison.Ordinal));
        UnseenExceptions.AssertNone();
    }

    public async ValueTask DisposeAsync()
    {
        if (_running is { IsCompleted: false })
        {
            await _stop.CancelAsync();
            if (AnswersLastSync)
            {
                await AnswerLastSyncAsync();
            }
        }

        if (_running is { IsFaulted: false })
        {
            await EndedAsync(_running);
        }

        _http.Dispose();
        Server.Dispose();
        _stop.Dispose();
    }

    private async Task<ScriptedRequest> EndSyncAsync(SyncReason? reason, bool succeeds, Action<ScriptedRequest> answer)
    {
        ScriptedRequest sync = await Server.SyncAsync();
        int armings = Time.ArmingsOf<SyncClock>();
        answer(sync);
        await SyncIsOverAsync(reason, succeeds, armings);
        return sync;
    }

    /// <summary>A sync is reported before the loop waits for the next: time may pass only then.</summary>
    private async Task SyncIsOverAsync(SyncReason? reason, bool succeeds, int armings)
    {
        SyncReport report = await Handler.SyncedAsync();
        Assert.Equal((reason ?? report.Reason, succeeds), (report.Reason, report.Succeeded));
        if (report.Reason != SyncReason.Shutdown)
        {
            await (report.Wait > TimeSpan.Zero ? Time.ArmedAsync(report.Wait) : Time.ArmedByAsync<SyncClock>(armings));
        }
    }
}
