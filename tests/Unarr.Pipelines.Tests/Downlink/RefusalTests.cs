using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Unarr.Agents.Downlink;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>The application decides what follows when the control plane refuses an exchange.</summary>
public sealed class RefusalTests
{
    private const string Plan = """{"error":"plan_expired","message":"Renew it.","details":{ "until" : 1.50 }}""";

    [Theory]
    [InlineData("events", true)]
    [InlineData("wake", true)]
    [InlineData("sync", true)]
    [InlineData("events", false)]
    [InlineData("wake", false)]
    [InlineData("sync", false)]
    public async Task Refusal_says_what_the_server_said_and_can_park_the_agent(string endpoint, bool hedging)
    {
        await using DownlinkHarness harness = Make(endpoint, hedging);
        var refusals = new ConcurrentQueue<DownlinkException>();
        harness.Handler.OnRefused = (refusal, _) =>
        {
            refusals.Enqueue(refusal);
            return ValueTask.FromResult(RefusalAction.Park);
        };
        await RefuseAsync(harness, endpoint, HttpStatusCode.PaymentRequired, Plan);
        DownlinkStatus parked = await harness.Handler.StatusAsync(DownlinkState.Refused);
        Assert.Equal(DownlinkRoutes.None, parked.Routes);
        Assert.Contains("plan_expired", parked.Reason, StringComparison.Ordinal);
        Assert.True(refusals.TryDequeue(out DownlinkException? refused));
        Assert.Equal(
            (HttpStatusCode.PaymentRequired, "plan_expired", "Renew it.", """{"until":1.50}"""),
            (refused.StatusCode, refused.ErrorCode, refused.ErrorMessage, Encoding.UTF8.GetString(refused.ErrorDetails.Span)));

        await harness.Time.ArmedAsync(TimeSpan.FromMinutes(15));
        harness.Handler.OnRefused = null;
        harness.Downlink.RetryNow();
        await AcceptAsync(harness, endpoint);
    }

    [Theory]
    [InlineData("events", HttpStatusCode.Gone)]
    [InlineData("wake", HttpStatusCode.Gone)]
    [InlineData("sync", HttpStatusCode.Gone)]
    [InlineData("events", HttpStatusCode.Forbidden)]
    [InlineData("wake", HttpStatusCode.Forbidden)]
    [InlineData("sync", HttpStatusCode.Forbidden)]
    public async Task Refusal_that_is_to_be_tried_again_is_any_other_failure(string endpoint, HttpStatusCode status)
    {
        await using DownlinkHarness harness = Make(endpoint, hedging: true);
        harness.Handler.OnRefused = (_, _) => ValueTask.FromResult(RefusalAction.Retry);
        await RefuseAsync(harness, endpoint, status, "");
        if (endpoint == "sync")
        {
            harness.Downlink.SyncTrigger.Request();
            await harness.AnswerSyncAsync(SyncReason.Requested);
        }
        else
        {
            await harness.Time.PassAsync(TimeSpan.FromSeconds(1.5));
            await AcceptAsync(harness, endpoint);
        }

        Assert.DoesNotContain(harness.Handler.Texts, text => text.Contains("accepted again", StringComparison.Ordinal));
        Assert.NotEqual(DownlinkState.Refused, harness.Downlink.Status.State);
        Assert.NotEqual(DownlinkState.Unauthorized, harness.Downlink.Status.State);
    }

    [Theory]
    [InlineData("events")]
    [InlineData("wake")]
    [InlineData("sync")]
    public async Task Refusal_can_stop_the_downlink(string endpoint)
    {
        await using DownlinkHarness harness = Make(endpoint, hedging: true);
        harness.Handler.OnRefused = (refusal, _) =>
            ValueTask.FromResult(refusal.ErrorCode == "plan_expired" ? RefusalAction.Stop : RefusalAction.Default);
        await RefuseAsync(harness, endpoint, HttpStatusCode.PaymentRequired, Plan);
        await harness.Server.AnswerSyncsAsync(harness.Running);
        await harness.EndedAsync(harness.Running);
        Assert.Contains("the application stopped the downlink", harness.Downlink.Status.Reason, StringComparison.Ordinal);
        Assert.Contains("plan_expired", harness.Downlink.Status.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable, false)]
    [InlineData(HttpStatusCode.BadGateway, false)]
    [InlineData(HttpStatusCode.TooManyRequests, true)]
    [InlineData(HttpStatusCode.ServiceUnavailable, true)]
    public async Task Failure_of_the_way_is_not_the_applications_to_decide(HttpStatusCode status, bool asksToWait)
    {
        await using DownlinkHarness harness = Make("sync", hedging: true);
        harness.Handler.OnRefused = (_, _) => throw new InvalidOperationException("asked");
        harness.Start();
        await harness.Server.EventsAsync();
        (await harness.Server.SyncAsync()).Answer(
            status, "", "text/plain", asksToWait ? [("Retry-After", "7")] : []);
        Assert.False((await harness.Handler.SyncedAsync()).Succeeded);
        Assert.DoesNotContain(harness.Logger.Lines, line => line.Contains("OnRefusedAsync", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Application_that_throws_gets_what_the_protocol_says()
    {
        await using DownlinkHarness harness = Make("sync", hedging: true);
        harness.Handler.OnRefused = (_, _) => throw new InvalidOperationException("hook");
        await RefuseAsync(harness, "sync", HttpStatusCode.Gone, "");
        await harness.Handler.StatusAsync(DownlinkState.Refused);
        Assert.Contains(harness.Logger.Lines, line => line.Contains("OnRefusedAsync", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("wait")]
    [InlineData("block")]
    public async Task Application_that_hangs_does_not_hold_up_the_end(string how)
    {
        await using DownlinkHarness harness = Make("events", hedging: true);
        // Not disposed: who waits for it may come when the test has ended.
        var released = new ManualResetEventSlim();
        var asked = new TaskCompletionSource();
        harness.Handler.OnRefused = async (_, _) =>
        {
            asked.TrySetResult();
            if (how == "block")
            {
                released.Wait(CancellationToken.None);
            }

            await Task.Delay(Timeout.InfiniteTimeSpan, CancellationToken.None);
            return RefusalAction.Default;
        };
        (await harness.StartAsync()).Answer(HttpStatusCode.Gone);
        await Signal.Of(asked.Task, "the question");
        Task running = await harness.CancelAsync();
        await harness.AnswerLastSyncAsync();
        await harness.EndedAsync(running);
        released.Set();
    }

    [Fact]
    public async Task Retry_ends_the_wait_of_a_refused_key_on_every_route()
    {
        await using DownlinkHarness harness = Make("events", hedging: true);
        harness.Start();
        (await harness.Server.EventsAsync()).Answer(HttpStatusCode.Unauthorized);
        await harness.Handler.StatusAsync(DownlinkState.Unauthorized);
        await harness.FailSyncAsync(SyncReason.Start, HttpStatusCode.Unauthorized);
        harness.Downlink.RetryNow();
        await harness.Server.EventsAsync();
        (await harness.Server.SyncAsync()).Json("{}");
        Assert.True((await harness.Handler.SyncedAsync()).Succeeded);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Refusal_of_a_sync_that_began_before_the_retry_does_not_park_the_agent_again(bool hedging)
    {
        await using DownlinkHarness harness = Make("events", hedging);
        harness.Start();
        ScriptedRequest sync = await harness.Server.SyncAsync();
        (await harness.Server.EventsAsync()).Answer(HttpStatusCode.Gone);
        await harness.Handler.StatusAsync(DownlinkState.Refused);
        harness.Time.Advance(TimeSpan.FromMilliseconds(1));
        harness.Downlink.RetryNow();
        ScriptedRequest events = await harness.Server.EventsAsync();
        sync.Answer(HttpStatusCode.Gone);
        Assert.False((await harness.Handler.SyncedAsync()).Succeeded);

        (await harness.Server.SyncAsync()).Json("{}");
        await DownlinkHarness.SendAsync(events.Stream(), ": connected\n");
        await harness.Handler.StatusAsync(DownlinkState.Live);
    }

    [Fact]
    public async Task Retry_does_not_end_the_wait_that_the_server_asked_for()
    {
        await using DownlinkHarness harness = Make("events", hedging: true);
        DownlinkHarness.AnswerBusy(await harness.StartAsync(), 60);
        await harness.Handler.StatusAsync(DownlinkState.Polling);
        harness.Downlink.RetryNow();
        await harness.AnswerSyncAsync(SyncReason.Reconnect);
        Assert.False(harness.Server.HasPending("events"));
    }

    [Fact]
    public void Retry_of_a_downlink_that_does_not_run_does_nothing() => new DownlinkHarness().Downlink.RetryNow();

    [Theory]
    [InlineData("""{"error":"E","details":["KEY"]}""")]
    [InlineData("""{"error":"E","details":{"\u0061KEYb":1}}""")]
    public async Task Details_that_hold_the_key_are_left_out(string body)
    {
        await using DownlinkHarness harness = Make("sync", hedging: true);
        string told = body.Replace("KEY", ClientHarness.Key, StringComparison.Ordinal);
        DownlinkException error = (await RefuseAsync(harness, "sync", HttpStatusCode.BadRequest, told)).Error!;
        Assert.Equal("E", error.ErrorCode);
        Assert.True(error.ErrorDetails.IsEmpty);
    }

    private static DownlinkHarness Make(string endpoint, bool hedging) => DownlinkHarness.Hedging(
        options => options with { Hedging = hedging, Mode = endpoint == "wake" ? DownlinkMode.LongPoll : DownlinkMode.Auto });

    /// <summary>Runs the downlink until the endpoint is refused.</summary>
    /// <returns>The first sync's report.</returns>
    private static async Task<SyncReport> RefuseAsync(DownlinkHarness harness, string endpoint, HttpStatusCode status, string body)
    {
        Task asked = harness.Downlink.SyncTrigger.RequestAsync();
        harness.Start();
        ScriptedRequest sync = await harness.Server.SyncAsync();
        sync.Answer(endpoint == "sync" ? status : HttpStatusCode.OK, endpoint == "sync" ? body : "{}");
        SyncReport report = await harness.Handler.SyncedAsync();
        if (endpoint != "sync")
        {
            // Whoever asks is answered when the decisions know of it: a sync that succeeds after a refusal would bring the agent back.
            await Signal.Of(asked, "the answer to the sync");
            (await (endpoint == "wake" ? harness.Server.WakeAsync() : harness.Server.EventsAsync())).Answer(status, body);
        }

        return report;
    }

    private static Task<ScriptedRequest> AcceptAsync(DownlinkHarness harness, string endpoint) =>
        endpoint == "wake" ? harness.Server.WakeAsync() : harness.Server.EventsAsync();
}
