using System.IO.Pipelines;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Observing;
using Unarr.Pipelines.Tests.Downlink;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Hosting;

public sealed class HealthTests : IAsyncDisposable
{
    private readonly HostHarness _harness = new();

    public HealthTests() => _harness.Services.AddHealthChecks().AddAgentDownlinks();

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Blind_is_degraded_for_a_minute_and_unhealthy_from_then_on_whatever_is_tried_meanwhile()
    {
        await _harness.StartAsync();
        DateTimeOffset start = _harness.Time.GetUtcNow();
        (await _harness.Server.SyncAsync()).Json("{}");
        (await _harness.Server.EventsAsync()).Answer(HttpStatusCode.InternalServerError, "no stream today", "text/plain");
        await _harness.Handler.StatusAsync(DownlinkState.Waiting);
        HealthReportEntry entry = await CheckAsync();
        Assert.Equal(HealthStatus.Degraded, entry.Status);

        await _harness.Time.PassAsync(TimeSpan.FromSeconds(2));
        ScriptedRequest second = await _harness.Server.EventsAsync();
        _harness.Time.Advance(TimeSpan.FromSeconds(7));
        second.Answer(HttpStatusCode.InternalServerError, "no stream today", "text/plain");
        await _harness.Handler.StatusAsync(DownlinkState.Waiting);
        _harness.Time.Advance(TimeSpan.FromSeconds(50.9));
        Assert.Equal(HealthStatus.Degraded, (await CheckAsync()).Status);

        _harness.Time.Advance(TimeSpan.FromSeconds(0.1));
        entry = await CheckAsync();
        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Equal(start, entry.Data["since"]);
        Assert.Equal(60.0, entry.Data["seconds"]);
        Assert.Equal("none", entry.Data["route"]);
        Assert.StartsWith("blind: no push can arrive, for 60 s: ", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Covered_by_a_proven_stream_is_healthy()
    {
        await _harness.StartAsync();
        (await _harness.Server.SyncAsync()).Json("{}");
        PipeWriter stream = (await _harness.Server.EventsAsync()).Stream();
        await DownlinkHarness.SendAsync(stream, ": connected\n");
        await _harness.Handler.StatusAsync(DownlinkState.Live);

        HealthReportEntry entry = await CheckAsync();
        Assert.Equal(HealthStatus.Healthy, entry.Status);
        Assert.Equal(("live", "sse", "https://a.example/"), (entry.Data["state"], entry.Data["route"], entry.Data["mirror"]));
        await _harness.StopAsync();

        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync()).Status);
    }

    [Theory]
    [InlineData("LongPoll", HealthStatus.Healthy)]
    [InlineData("Auto", HealthStatus.Degraded)]
    public async Task Covered_by_the_long_poll_is_healthy_only_where_that_is_the_mode(string mode, HealthStatus expected)
    {
        _harness.Configuration["Downlink:Mode"] = mode;
        _harness.Configuration["Downlink:MaxStreamFailures"] = "1";
        await _harness.StartAsync();
        if (mode == "Auto")
        {
            (await _harness.Server.EventsAsync()).Answer(HttpStatusCode.InternalServerError);
        }

        ScriptedRequest poll = await _harness.Server.WakeAsync();
        await _harness.Handler.StatusAsync(DownlinkState.Polling);
        Assert.StartsWith("blind: no push can arrive", (await CheckAsync()).Description, StringComparison.Ordinal);
        AgentDownlink downlink = _harness.Provider.GetRequiredService<AgentDownlink>();
        Assert.False(downlink.Status.IsCovered);

        _harness.Time.Advance(TimeSpan.FromSeconds(1));
        poll.Json("""{"wake":false}""");
        await _harness.Server.WakeAsync();
        HealthReportEntry entry = await CheckAsync();
        Assert.Equal(expected, entry.Status);
        Assert.StartsWith("covered by the long-poll", entry.Description, StringComparison.Ordinal);
        Assert.Equal(1.0, entry.Data["seconds"]);
        Assert.True(downlink.Status.IsCovered);
        Assert.True((await _harness.Handler.StatusAsync(DownlinkState.Polling)).IsCovered);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Server_that_has_gone_or_is_mute_is_blind_from_the_start_also_with_hedging(bool isMute)
    {
        _harness.Configuration["Downlink:Hedging"] = "true";
        if (!isMute)
        {
            _harness.Server.Auto = _ => throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused");
        }

        await _harness.StartAsync();
        DateTimeOffset start = _harness.Time.GetUtcNow();
        DownlinkStatus status = await _harness.Handler.StatusAsync(DownlinkState.Connecting);
        if (isMute)
        {
            // The stream's grace is over: the long-poll is asked beside it.
            await _harness.Time.PassAsync(TimeSpan.FromSeconds(5));
            await _harness.Server.WakeAsync();
            status = await _harness.Handler.StatusAsync(DownlinkState.Suspect);
        }
        else
        {
            status = await _harness.Handler.StatusAsync(DownlinkState.Waiting);
        }

        Assert.Equal(isMute, status.Routes.HasFlag(DownlinkRoutes.LongPoll));
        Assert.Equal(HealthStatus.Degraded, (await CheckAsync()).Status);

        _harness.Time.Advance(start + TimeSpan.FromSeconds(60) - _harness.Time.GetUtcNow());
        HealthReportEntry entry = await CheckAsync();
        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Equal((start, 60.0), (entry.Data["since"], entry.Data["seconds"]));
    }

    [Fact]
    public void Poll_that_is_never_answered_and_asked_again_does_not_begin_the_blind_time_anew()
    {
        CoverRecord cover = new(_harness.Time);
        DateTimeOffset start = _harness.Time.GetUtcNow();
        cover.Start();
        Open();
        Failed();
        Open();
        cover.Changed(DownlinkRoutes.None, DownlinkState.Unauthorized);
        _harness.Time.Advance(TimeSpan.FromSeconds(30));
        Failed();
        Open();
        Assert.Equal((Cover.None, start, TimeSpan.FromSeconds(180)), cover.Read());
        Assert.Equal(TimeSpan.FromSeconds(150), cover.Blind);

        // Its answer proves it, from when it was asked; and what was answered before says nothing about the next one.
        DateTimeOffset answered = _harness.Time.GetUtcNow();
        Assert.True(cover.PollAnswered());
        Assert.False(cover.PollAnswered());
        Assert.Equal((Cover.LongPoll, answered - TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30)), cover.Read());
        Assert.Equal(TimeSpan.FromSeconds(150), cover.Blind);
        cover.Changed(DownlinkRoutes.None, DownlinkState.Waiting);
        cover.Changed(DownlinkRoutes.LongPoll, DownlinkState.Polling);
        Assert.Equal((Cover.None, answered, TimeSpan.Zero), cover.Read());

        void Open()
        {
            cover.Changed(DownlinkRoutes.LongPoll, DownlinkState.Polling);
            _harness.Time.Advance(TimeSpan.FromSeconds(30));
        }

        void Failed()
        {
            cover.Changed(DownlinkRoutes.None, DownlinkState.Waiting);
            _harness.Time.Advance(TimeSpan.FromSeconds(30));
        }
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized, DownlinkState.Unauthorized)]
    [InlineData(HttpStatusCode.Gone, DownlinkState.Refused)]
    public async Task Refused_key_and_agent_that_is_gone_are_unhealthy_at_once(HttpStatusCode status, DownlinkState state)
    {
        _harness.Configuration["Downlink:Hedging"] = "true";
        await _harness.StartAsync();
        (await _harness.Server.EventsAsync()).Answer(status);
        await _harness.Handler.StatusAsync(state);

        HealthReportEntry entry = await CheckAsync();
        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Equal(DownlinkWords.Of(state), entry.Data["state"]);
        Assert.DoesNotContain(ClientHarness.Key, entry.Description, StringComparison.Ordinal);
    }

    private async Task<HealthReportEntry> CheckAsync() =>
        (await _harness.Provider.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["downlink"];
}
