using System.IO.Pipelines;
using System.Net;
using Unarr.Agents.Downlink;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>The shell of the rule that hedges: what streams and polls end in reaches the machine as what it is,
/// and its effects are carried out.</summary>
public sealed class HedgingDownlinkTests
{
    private static readonly TimeSpan FirstDelay = S(1.5);

    [Fact]
    public async Task First_frame_makes_a_trusted_stream_live_and_triggers_one_sync()
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging();
        PipeWriter stream = (await harness.StartAsync()).Stream();
        await DownlinkHarness.SendAsync(stream, ": connected hb=15000\n");
        DownlinkStatus status = await harness.Handler.StatusAsync(DownlinkState.Live);
        Assert.Equal((DownlinkRoutes.Stream, "a.example"), (status.Routes, status.Server!.Host));
        await harness.AnswerSyncAsync(SyncReason.Reconnect);
        Assert.False(harness.Server.HasPending("wake"));
    }

    [Fact]
    public async Task Silent_stream_has_the_poll_beside_it_until_it_is_proven_again()
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging(options => options with { SyncInterval = S(3600) });
        PipeWriter stream = (await harness.StartAsync()).Stream();
        await DownlinkHarness.SendAsync(stream, ": connected hb=4000\n");
        await harness.AnswerSyncAsync(SyncReason.Reconnect);
        await harness.Time.PassAsync(S(5));
        ScriptedRequest wake = await harness.Server.WakeAsync();
        await harness.AnswerSyncAsync(SyncReason.Reconnect);
        Assert.Equal(DownlinkRoutes.Stream | DownlinkRoutes.LongPoll, (await harness.Handler.StatusAsync(DownlinkState.Suspect)).Routes);

        await DownlinkHarness.SendAsync(stream, ": hb\n" + DownlinkHarness.Command("first"));
        await harness.Handler.ControlAsync();
        Assert.True(SpinWait.SpinUntil(() => harness.Downlink.Status.LastFrame == harness.Time.GetUtcNow(), S(30)));
        harness.Time.Advance(S(4));
        await DownlinkHarness.SendAsync(stream, ": hb\n");
        await wake.CancelledAsync();
        Assert.Equal(DownlinkRoutes.Stream, (await harness.Handler.StatusAsync(DownlinkState.Live)).Routes);
    }

    [Fact]
    public async Task Poll_that_was_held_and_cut_is_asked_again_at_once()
    {
        await using DownlinkHarness harness = await PollingAsync();
        ScriptedRequest wake = await harness.Server.WakeAsync();
        harness.Time.Advance(S(6));
        wake.Fail(new HttpRequestException(HttpRequestError.ResponseEnded));
        await harness.Server.WakeAsync();
        Assert.Equal(DownlinkRoutes.LongPoll, harness.Downlink.Status.Routes);
    }

    [Fact]
    public async Task Poll_that_was_cut_before_is_a_failure()
    {
        await using DownlinkHarness harness = await PollingAsync();
        (await harness.Server.WakeAsync()).Fail(new HttpRequestException(HttpRequestError.ResponseEnded));
        (await harness.Server.WakeAsync()).Fail(new HttpRequestException(HttpRequestError.ResponseEnded));
        await harness.Handler.StatusAsync(DownlinkState.Waiting);
        await harness.AnswerSyncAsync(SyncReason.Reconnect);
        await harness.Time.PassAsync(FirstDelay);
        await harness.Server.WakeAsync();
    }

    [Fact]
    public async Task Poll_waits_for_what_the_server_asked_and_half_a_tenth()
    {
        await using DownlinkHarness harness = await PollingAsync();
        DownlinkHarness.AnswerBusy(await harness.Server.WakeAsync(), 8);
        await harness.Handler.StatusAsync(DownlinkState.Waiting);
        await harness.AnswerSyncAsync(SyncReason.Reconnect);
        await harness.Time.PassAsync(S(8.4));
        await harness.Server.WakeAsync();
    }

    [Fact]
    public async Task Stream_waits_for_what_the_server_asked_and_half_a_tenth()
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging(options => options with { Mode = DownlinkMode.Stream });
        DownlinkHarness.AnswerBusy(await harness.StartAsync(), 8);
        await harness.Handler.StatusAsync(DownlinkState.Waiting);
        await harness.Time.PassAsync(S(8.4));
        await harness.Server.EventsAsync();
    }

    [Theory]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.NotImplemented)]
    public async Task Server_without_streams_is_polled_at_once_and_probed_at_the_window(HttpStatusCode status)
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging(options => options with { FallbackWindow = S(7) });
        (await harness.StartAsync()).Answer(status);
        await harness.Server.WakeAsync();
        await harness.AnswerSyncAsync(SyncReason.Reconnect);
        await harness.Time.PassAsync(S(7));
        await harness.Server.EventsAsync();
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.Forbidden)]
    public async Task Stream_whose_key_is_refused_is_tried_again_after_30_seconds(HttpStatusCode status)
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging(options => options with { SyncInterval = S(3600) });
        (await harness.StartAsync()).Answer(status);
        Assert.Equal(DownlinkRoutes.None, (await harness.Handler.StatusAsync(DownlinkState.Unauthorized)).Routes);
        Assert.False(harness.Server.HasPending("wake"));
        await harness.Time.PassAsync(S(30));
        await harness.Server.EventsAsync();
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.Forbidden)]
    public async Task Poll_whose_key_is_refused_ends_a_suspect_stream_and_is_tried_again_after_30_seconds(HttpStatusCode status)
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging(options => options with { SyncInterval = S(3600) });
        ScriptedRequest events = await harness.StartAsync();
        await harness.Time.PassAsync(S(5));
        await harness.AnswerSyncAsync(SyncReason.Reconnect);
        (await harness.Server.WakeAsync()).Answer(status);
        await events.CancelledAsync();
        Assert.Equal(DownlinkRoutes.None, (await harness.Handler.StatusAsync(DownlinkState.Unauthorized)).Routes);
        await harness.AnswerSyncAsync(SyncReason.Reconnect);
        await harness.Time.PassAsync(S(30));
        await harness.Server.EventsAsync();
    }

    [Fact]
    public async Task Silent_stream_is_opened_again_on_the_other_mirror_and_the_poll_stays()
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging(
            options => options with { SyncInterval = S(3600), LivenessTimeout = S(20) }, "https://a.example", "https://b.example");
        await DownlinkHarness.SendAsync((await harness.StartAsync()).Stream(), ": connected\n");
        await harness.Handler.StatusAsync(DownlinkState.Live);
        await harness.AnswerSyncAsync(SyncReason.Reconnect);
        await harness.Time.PassAsync(S(18.75));
        ScriptedRequest wake = await harness.Server.WakeAsync();
        await harness.AnswerSyncAsync(SyncReason.Reconnect);
        await harness.Time.PassAsync(S(1.25));
        await harness.Time.PassAsync(FirstDelay);
        Assert.Equal("b.example", (await harness.Server.EventsAsync()).Host);
        wake.Json("""{"wake":false}""");
        Assert.Equal("a.example", (await harness.Server.WakeAsync()).Host);
    }

    [Theory]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.TooManyRequests)]
    public async Task Stream_that_a_mirror_refuses_is_opened_on_the_other(HttpStatusCode status)
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging(null, "https://a.example", "https://b.example");
        (await harness.StartAsync()).Answer(status);
        await harness.Server.WakeAsync();
        await harness.AnswerSyncAsync(SyncReason.Reconnect);
        await harness.Time.PassAsync(FirstDelay);
        Assert.Equal("b.example", (await harness.Server.EventsAsync()).Host);
    }

    [Fact]
    public async Task Sync_that_succeeds_after_a_failed_one_ends_an_outage()
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging(options => options with { ReconnectDelay = S(20) });
        harness.Start();
        await harness.FailSyncAsync(SyncReason.Start);
        ScriptedRequest events = await harness.Server.EventsAsync();
        await harness.Time.PassAsync(S(5));
        await harness.Handler.StatusAsync(DownlinkState.Suspect);
        (await harness.Server.WakeAsync()).Answer(HttpStatusCode.InternalServerError);
        Assert.Equal(DownlinkRoutes.None, (await harness.Handler.StatusAsync(DownlinkState.Suspect)).Routes);
        events.Answer(HttpStatusCode.InternalServerError);
        await harness.Handler.StatusAsync(DownlinkState.Waiting);

        // Six tenths of an interval after the failed one.
        await harness.Time.PassAsync(S(2.8));
        await harness.AnswerSyncAsync(SyncReason.Interval);

        // 30 s less the longest interval of syncs (14.3 s), and the middle of that.
        await harness.Time.ArmedAsync(S(7.85));
    }

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);

    private static async Task<DownlinkHarness> PollingAsync()
    {
        DownlinkHarness harness = DownlinkHarness.Hedging(options => options with { Mode = DownlinkMode.LongPoll, SyncInterval = S(3600) });
        harness.Start();
        await harness.AnswerSyncAsync(SyncReason.Start);
        await harness.Handler.StatusAsync(DownlinkState.Polling);
        await harness.AnswerSyncAsync(SyncReason.Reconnect);
        return harness;
    }
}
