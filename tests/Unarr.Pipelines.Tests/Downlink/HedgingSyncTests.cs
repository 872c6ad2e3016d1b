using System.IO.Pipelines;
using System.Net;
using System.Text.Json;
using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>The sync loop beside the rule that hedges: its pace, what it waits for, and what ends that.</summary>
public sealed class HedgingSyncTests
{
    [Fact]
    public async Task Intervals_carry_jitter_of_a_tenth()
    {
        double random = 0;
        await using DownlinkHarness harness = DownlinkHarness.Hedging(
            options => options with { Random = () => random, Mode = DownlinkMode.Stream });
        await harness.StartAsync();
        await harness.Time.ArmedAsync(S(11.7));
        random = 0.75;
        await harness.Time.PassAsync(S(11.7));
        await harness.AnswerSyncAsync(SyncReason.Interval);
        await harness.Time.PassAsync(S(13.65));
        await harness.AnswerSyncAsync(SyncReason.Interval);
    }

    [Fact]
    public async Task Syncs_after_the_first_three_failed_ones_come_at_any_moment_within_an_interval()
    {
        await using DownlinkHarness harness = StreamsAlone();
        harness.Start();
        await harness.FailSyncAsync(SyncReason.Start);
        for (int failure = 2; failure <= 4; failure++)
        {
            await harness.Time.PassAsync(S(7.8));
            await harness.FailSyncAsync(SyncReason.Interval);
        }

        await harness.Time.ArmedAsync(S(13));
    }

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    [InlineData(HttpStatusCode.TooManyRequests)]
    public async Task Retry_after_is_waited_for_and_outranks_every_trigger(HttpStatusCode status)
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging();
        harness.Start();
        (await harness.Server.SyncAsync()).Answer(status, "", "text/plain", ("Retry-After", "3"));
        SyncReport report = await harness.Handler.SyncedAsync();
        await harness.Time.ArmedAsync(S(3.15));
        Assert.Equal(S(3.15), report.Wait);
        Assert.Equal(harness.Time.GetUtcNow() + S(3.15), harness.Downlink.Status.SyncsWaitUntil);
        Assert.Contains(harness.Logger.Lines, line => line.Contains("No sync for 3.2 s", StringComparison.Ordinal) || line.Contains(
            "No sync for 3.1 s", StringComparison.Ordinal));
        harness.Downlink.SyncTrigger.Request();
        harness.Time.Advance(S(3.1));
        Assert.False(harness.Server.HasPending("sync"));
        harness.Time.Advance(S(0.05));
        await harness.AnswerSyncAsync(SyncReason.Requested);
        Assert.Null(harness.Downlink.Status.SyncsWaitUntil);
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.Forbidden)]
    public async Task Refused_key_is_waited_with_for_30_seconds_and_then_twice_as_long(HttpStatusCode status)
    {
        await using DownlinkHarness harness = StreamsAlone();
        harness.Start();
        await harness.FailSyncAsync(SyncReason.Start, status);
        await harness.Time.PassAsync(S(30));
        await harness.Time.PassAsync(S(7.8));
        await harness.FailSyncAsync(SyncReason.Interval, status);
        await harness.Time.ArmedAsync(S(60));
    }

    [Fact]
    public async Task New_key_that_the_poll_is_accepted_with_ends_the_syncs_wait()
    {
        await using DownlinkHarness harness = PollsAlone();
        harness.Start();
        await harness.FailSyncAsync(SyncReason.Start, HttpStatusCode.Unauthorized);
        await harness.Time.ArmedAsync(S(30));
        ScriptedRequest wake = await harness.Server.WakeAsync();
        harness.Key = "another-key";
        wake.Json("""{"wake":false}""");
        (await harness.Server.WakeAsync()).Json("""{"wake":false}""");
        await harness.AnswerSyncAsync(SyncReason.Reconnect);
    }

    [Fact]
    public async Task Key_that_only_syncs_are_refused_with_is_not_tried_before_its_time()
    {
        await using DownlinkHarness harness = PollsAlone();
        harness.Start();
        await harness.FailSyncAsync(SyncReason.Start, HttpStatusCode.Unauthorized);
        await harness.Time.ArmedAsync(S(30));
        (await harness.Server.WakeAsync()).Json("""{"wake":false}""");
        await harness.Server.WakeAsync();
        Assert.False(harness.Server.HasPending("sync"));
    }

    [Fact]
    public async Task Key_that_the_stream_is_accepted_with_again_ends_the_syncs_wait()
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging(options => options with { SyncInterval = S(1) });
        harness.Start();
        (await harness.Server.EventsAsync()).Answer(HttpStatusCode.Unauthorized);
        await harness.Handler.StatusAsync(DownlinkState.Unauthorized);
        await harness.FailSyncAsync(SyncReason.Start, HttpStatusCode.Unauthorized);
        await harness.Time.ArmedAsync(S(30), timers: 2);
        await harness.Time.PassAsync(S(30));
        ScriptedRequest events = await harness.Server.EventsAsync();
        await harness.Time.PassAsync(S(0.6));
        await harness.FailSyncAsync(SyncReason.Interval, HttpStatusCode.Unauthorized);
        await harness.Time.ArmedAsync(S(60));

        events.Stream();
        await harness.AnswerSyncAsync(SyncReason.Reconnect);
    }

    [Fact]
    public async Task Sync_that_is_accepted_again_ends_the_streams_wait()
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging();
        harness.Start();
        (await harness.Server.EventsAsync()).Answer(HttpStatusCode.Unauthorized);
        await harness.Handler.StatusAsync(DownlinkState.Unauthorized);
        await harness.FailSyncAsync(SyncReason.Start);
        await harness.Time.PassAsync(S(7.8));
        await harness.AnswerSyncAsync(SyncReason.Interval);
        await harness.Server.EventsAsync();
    }

    [Fact]
    public async Task Reopened_stream_brings_the_next_sync_forward_while_syncs_fail_and_syncs_at_once_when_they_have_recovered()
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging(options => options with { SyncInterval = S(3600) });
        ScriptedRequest events = await harness.StartAsync();
        harness.Downlink.SyncTrigger.Request();
        await harness.FailSyncAsync(SyncReason.Requested);
        PipeWriter stream = events.Stream();
        await DownlinkHarness.SendAsync(stream, ": connected\n");
        await harness.Handler.StatusAsync(DownlinkState.Live);

        // The machine has carried out all that the frame led to when it waits for the next one.
        await harness.Time.ArmedAsync(S(18.75));

        // The middle of 10 s, though the interval is an hour.
        await harness.Time.PassAsync(S(5));
        await harness.AnswerSyncAsync(SyncReason.Reconnect);
        await harness.Time.ArmedAsync(S(3600));

        // 18.75 s after the frame the stream is suspect, 13.75 s after the sync: still brought forward.
        await harness.Time.PassAsync(S(13.75));
        ScriptedRequest wake = await harness.Server.WakeAsync();
        await harness.Time.PassAsync(S(5));
        await harness.AnswerSyncAsync(SyncReason.Reconnect);

        // 20 s are over: at once.
        harness.Time.Advance(S(1.25));
        wake.Answer(HttpStatusCode.BadRequest);
        await harness.AnswerSyncAsync(SyncReason.Reconnect);
    }

    [Fact]
    public async Task Applied_control_is_listed_until_a_sync_that_listed_it_has_succeeded()
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging(options => options with { SyncInterval = S(3600) });
        await harness.StartAsync("""{"controls":[{"id":"c1","action":"pause","taskId":"t1"},{"action":"pause","taskId":"t2"}]}""");
        await harness.Handler.ControlAsync();

        // When the second comes, the first is settled.
        await harness.Handler.ControlAsync();
        string[][] listed = new string[3][];
        for (int round = 0; round < listed.Length; round++)
        {
            harness.Downlink.SyncTrigger.Request();
            ScriptedRequest sync = await harness.Server.SyncAsync();
            listed[round] = [.. JsonSerializer.Deserialize(sync.Body!, ProtocolJson.SyncRequest)!.AppliedControls ?? []];
            sync.Answer(round == 0 ? HttpStatusCode.InternalServerError : HttpStatusCode.OK, "{}");
            await harness.Handler.SyncedAsync();
        }

        Assert.Equal([["c1"], ["c1"], []], listed);
    }

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);

    /// <summary>Streams that do not come to life change no route, so that nothing else asks for a sync.</summary>
    private static DownlinkHarness StreamsAlone() => DownlinkHarness.Hedging(options => options with { Mode = DownlinkMode.Stream });

    private static DownlinkHarness PollsAlone() => DownlinkHarness.Hedging(options => options with { Mode = DownlinkMode.LongPoll });
}
