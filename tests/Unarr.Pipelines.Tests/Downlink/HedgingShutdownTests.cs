using System.IO.Pipelines;
using System.Net;
using Unarr.Agents.Downlink;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>Shutdown in the states that only the hedging rule has. The harness holds what each must leave: no timer, no response,
/// no request.</summary>
public sealed class HedgingShutdownTests
{
    [Theory]
    [InlineData(DownlinkState.Connecting)]
    [InlineData(DownlinkState.Live)]
    [InlineData(DownlinkState.Suspect)]
    [InlineData(DownlinkState.Probing)]
    [InlineData(DownlinkState.Polling)]
    [InlineData(DownlinkState.Waiting)]
    [InlineData(DownlinkState.Unauthorized)]
    [InlineData(DownlinkState.Refused)]
    public async Task It_ends_in_every_state(DownlinkState state)
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging();
        await LeadToAsync(harness, state);
        Assert.Equal(state, harness.Downlink.Status.State);
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    public async Task It_ends_while_a_sync_waits_to_be_made_again(HttpStatusCode status)
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging();
        harness.Start();
        (await harness.Server.SyncAsync()).Answer(status, "", "text/plain", ("Retry-After", "28"));
        await harness.Handler.SyncedAsync();
        await harness.Time.ArmedAsync(TimeSpan.FromSeconds(status == HttpStatusCode.Unauthorized ? 30 : 29.4));
    }

    [Fact]
    public async Task It_ends_while_a_sync_is_brought_forward()
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging();
        harness.Start();
        await harness.FailSyncAsync(SyncReason.Start);
        await DownlinkHarness.SendAsync((await harness.Server.EventsAsync()).Stream(), ": connected\n");
        await harness.Handler.StatusAsync(DownlinkState.Live);
        await harness.Time.ArmedAsync(TimeSpan.FromSeconds(5));
    }

    private static async Task LeadToAsync(DownlinkHarness harness, DownlinkState state)
    {
        ScriptedRequest events = await harness.StartAsync();
        switch (state)
        {
            case DownlinkState.Live:
                await DownlinkHarness.SendAsync(events.Stream(), ": connected\n");
                break;
            case DownlinkState.Suspect:
                await harness.Time.PassAsync(TimeSpan.FromSeconds(5));
                await harness.Server.WakeAsync();
                break;
            case DownlinkState.Unauthorized:
                events.Answer(HttpStatusCode.Unauthorized);
                break;
            case DownlinkState.Refused:
                events.Answer(HttpStatusCode.Gone);
                break;
            case DownlinkState.Polling or DownlinkState.Waiting or DownlinkState.Probing:
                events.Answer(HttpStatusCode.InternalServerError);
                ScriptedRequest wake = await harness.Server.WakeAsync();
                await harness.AnswerSyncAsync(SyncReason.Reconnect);
                if (state == DownlinkState.Waiting)
                {
                    wake.Answer(HttpStatusCode.InternalServerError);
                }
                else if (state == DownlinkState.Probing)
                {
                    await harness.Time.PassAsync(TimeSpan.FromSeconds(1.5));
                    PipeWriter stream = (await harness.Server.EventsAsync()).Stream();
                    await DownlinkHarness.SendAsync(stream, ": connected\n");
                }

                break;
        }

        if (state != DownlinkState.Connecting)
        {
            await harness.Handler.StatusAsync(state);
        }
    }
}
