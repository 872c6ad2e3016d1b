using System.IO.Pipelines;
using System.Net;
using Unarr.Agents.Downlink;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>"410, and an answer whose error code says that the agent is gone": the agent parks, whichever endpoint says so.</summary>
public sealed class GoneAgentTests
{
    [Theory]
    [InlineData(true, DownlinkMode.Auto)]
    [InlineData(true, DownlinkMode.LongPoll)]
    [InlineData(false, DownlinkMode.Auto)]
    [InlineData(false, DownlinkMode.LongPoll)]
    public async Task Agent_that_is_gone_everywhere_asks_each_endpoint_once_and_again_after_15_minutes(bool hedging, DownlinkMode mode)
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging(options => options with { Hedging = hedging, Mode = mode });
        harness.Start();
        await AnswerAsync();
        harness.Downlink.SyncTrigger.Request();
        harness.Time.Advance(TimeSpan.FromMinutes(15) - TimeSpan.FromTicks(1));
        Assert.Equal(2, harness.Server.Requests.Count);

        harness.Time.Advance(TimeSpan.FromTicks(1));
        await AnswerAsync();
        Assert.Equal(4, harness.Server.Requests.Count);

        async Task AnswerAsync()
        {
            ScriptedRequest sync = await harness.Server.SyncAsync();
            (await (mode == DownlinkMode.LongPoll ? harness.Server.WakeAsync() : harness.Server.EventsAsync())).Answer(HttpStatusCode.Gone);
            sync.Answer(HttpStatusCode.Gone);
            Assert.False((await harness.Handler.SyncedAsync()).Succeeded);
            await harness.Time.ArmedAsync(TimeSpan.FromMinutes(15));
            Assert.Equal((DownlinkState.Refused, DownlinkRoutes.None), (harness.Downlink.Status.State, harness.Downlink.Status.Routes));
        }
    }

    [Theory]
    [InlineData(HttpStatusCode.Gone, "")]
    [InlineData(HttpStatusCode.Gone, "<html>")]
    [InlineData(HttpStatusCode.NotFound, """{"error":"agent_not_found","message":"no such agent"}""")]
    [InlineData(HttpStatusCode.Forbidden, """{"error":"AGENT-Revoked"}""")]
    [InlineData(HttpStatusCode.Unauthorized, """{"error":"agent_deleted","details":{"by":"operator"}}""")]
    [InlineData(HttpStatusCode.BadRequest, """{"error":"Agent_Gone"}""")]
    public async Task Answer_that_says_so_on_any_endpoint_closes_what_is_open_and_parks(HttpStatusCode status, string body)
    {
        foreach (string endpoint in (string[])["events", "wake", "sync"])
        {
            await using DownlinkHarness harness = DownlinkHarness.Hedging(options => options with { SyncInterval = S(36_000) });
            ScriptedRequest events = await harness.StartAsync();
            if (endpoint == "events")
            {
                events.Answer(status, body);
            }
            else if (endpoint == "wake")
            {
                await harness.Time.PassAsync(S(5));
                await harness.AnswerSyncAsync(SyncReason.Reconnect);
                (await harness.Server.WakeAsync()).Answer(status, body);
                await events.CancelledAsync();
            }
            else
            {
                PipeWriter stream = events.Stream();
                await DownlinkHarness.SendAsync(stream, ": connected\n");
                await harness.FailSyncAsync(SyncReason.Reconnect, status, body);
            }

            DownlinkStatus refused = await harness.Handler.StatusAsync(DownlinkState.Refused);
            Assert.Equal(DownlinkRoutes.None, refused.Routes);
            await harness.Time.ArmedAsync(TimeSpan.FromMinutes(15));
            Assert.False(harness.Server.HasPending("sync"));
            Assert.False(harness.Server.HasPending("wake"));
        }
    }

    [Theory]
    [InlineData(HttpStatusCode.NotFound, """{"error":"not_found"}""")]
    [InlineData(HttpStatusCode.ServiceUnavailable, """{"error":"agent_gone"}""")]
    [InlineData(HttpStatusCode.BadRequest, "agent_gone")]
    public async Task Answer_that_does_not_say_so_parks_nothing(HttpStatusCode status, string body)
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging(options => options with { SyncInterval = S(36_000) });
        (await harness.StartAsync()).Answer(status, body);
        await harness.Server.WakeAsync();
        await harness.Handler.StatusAsync(DownlinkState.Polling);
        await harness.AnswerSyncAsync(SyncReason.Reconnect);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Sync_that_succeeds_brings_a_parked_agent_back_at_once(bool hedging)
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging(
            options => options with { SyncInterval = S(36_000), Hedging = hedging });
        harness.Start();
        ScriptedRequest sync = await harness.Server.SyncAsync();
        (await harness.Server.EventsAsync()).Answer(HttpStatusCode.Gone);
        await harness.Handler.StatusAsync(DownlinkState.Refused);

        sync.Json("{}");
        await DownlinkHarness.SendAsync((await harness.Server.EventsAsync()).Stream(), ": connected\n");
        await harness.Handler.StatusAsync(DownlinkState.Live);
        await harness.AnswerSyncAsync(SyncReason.Start);
    }

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);
}
