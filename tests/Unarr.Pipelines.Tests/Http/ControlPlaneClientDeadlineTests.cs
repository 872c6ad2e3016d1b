using System.IO.Pipelines;
using System.Net;
using Unarr.Agents.Downlink.ControlPlane;
using Xunit;

namespace Unarr.Pipelines.Tests.Http;

/// <summary>A server that accepts and never answers, in virtual time.</summary>
public sealed class ControlPlaneClientDeadlineTests
{
    [Theory]
    [InlineData("events", 10)]
    [InlineData("wake", 45)]
    [InlineData("sync", 10)]
    public async Task An_exchange_without_an_answer_ends_at_its_deadline(string endpoint, int seconds)
    {
        using var harness = new ClientHarness();
        Task exchange = harness.BeginAsync(endpoint);
        ScriptedRequest request = await harness.NextAsync(endpoint);
        harness.Time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
        Assert.False(exchange.IsCompleted);
        Assert.False(request.Answered.IsCompleted);
        harness.Time.Advance(TimeSpan.FromMilliseconds(1));
        ControlPlaneException failure = await harness.FailureOf(exchange);
        Assert.Equal(ControlPlaneError.Timeout, failure.Error);
        Assert.True(failure.IsTransient);
    }

    [Theory]
    [InlineData("events", 10)]
    [InlineData("wake", 45)]
    [InlineData("sync", 10)]
    public async Task Each_mirror_has_its_own_deadline(string endpoint, int seconds)
    {
        using var harness = new ClientHarness("https://a.example", "https://b.example");
        Task exchange = harness.BeginAsync(endpoint);
        await harness.NextAsync(endpoint);
        harness.Time.Advance(TimeSpan.FromSeconds(seconds));
        await harness.NextAsync(endpoint);
        await harness.Time.PassAsync(TimeSpan.FromSeconds(seconds));
        ControlPlaneException failure = await harness.FailureOf(exchange);
        Assert.Equal([ControlPlaneError.Timeout, ControlPlaneError.Timeout], failure.Attempts.Select(attempt => attempt.Error));
    }

    [Fact]
    public async Task Syncs_over_half_open_mirrors_go_on_where_the_last_one_ended()
    {
        using var harness = new ClientHarness(
            [.. Enumerable.Range(0, 9).Select(dead => $"https://dead{dead}.example"), "https://good.example"]);
        for (int sync = 0; sync < 3; sync++)
        {
            Task exchange = harness.BeginAsync("sync");
            foreach (int mirror in new[] { 0, 1, 2 })
            {
                Assert.Equal($"dead{(sync * 3) + mirror}.example", (await harness.Server.SyncAsync()).Host);
                await harness.Time.PassAsync(TimeSpan.FromSeconds(10));
            }

            ControlPlaneException failure = await harness.FailureOf(exchange);
            Assert.All(failure.Attempts, attempt => Assert.Equal(ControlPlaneError.Timeout, attempt.Error));
        }

        Task last = harness.BeginAsync("sync");
        ScriptedRequest request = await harness.Server.SyncAsync();
        Assert.Equal("good.example", request.Host);
        request.Json("{}");
        await Signal.Of(last, "the sync");
    }

    [Fact]
    public async Task A_syncs_mirrors_share_its_overall_time()
    {
        using var harness = new ClientHarness("https://a.example", "https://b.example", "https://c.example");
        Task exchange = harness.BeginAsync("sync");
        await harness.Server.SyncAsync();
        await harness.Time.PassAsync(TimeSpan.FromSeconds(10));
        ScriptedRequest second = await harness.Server.SyncAsync();
        harness.Time.Advance(TimeSpan.FromSeconds(9));
        second.Answer(HttpStatusCode.BadGateway, "away");
        ScriptedRequest third = await harness.Server.SyncAsync();
        harness.Time.Advance(TimeSpan.FromSeconds(9));
        var body = new Pipe();
        third.Answer(new TrackedResponse(HttpStatusCode.OK, body.Reader.AsStream(), "application/json"));
        harness.Time.Advance(TimeSpan.FromSeconds(1.999));
        Assert.False(exchange.IsCompleted);
        harness.Time.Advance(TimeSpan.FromSeconds(0.001));
        ControlPlaneException failure = await harness.FailureOf(exchange);
        Assert.Equal(
            [ControlPlaneError.Timeout, ControlPlaneError.HttpStatus, ControlPlaneError.Timeout], failure.Attempts.Select(
                attempt => attempt.Error));
    }

    [Fact]
    public async Task A_sync_goes_where_the_stream_is_before_a_mirror_that_has_yet_to_answer()
    {
        using var harness = new ClientHarness(
            "https://dead1.example", "https://dead2.example", "https://dead3.example", "https://good.example");
        Task exchange = harness.BeginAsync("sync");
        Assert.Equal("dead1.example", (await harness.Server.SyncAsync()).Host);
        await using EventStream stream = await OpenOnAsync(harness, "good.example");
        harness.Time.Advance(TimeSpan.FromSeconds(10));
        ScriptedRequest second = await harness.Server.SyncAsync();
        Assert.Equal("good.example", second.Host);
        second.Json("{}");
        await Signal.Of(exchange, "the sync");
        Assert.Equal("good.example", harness.Mirrors.Current.Host);
    }

    [Fact]
    public async Task A_sync_begins_where_the_stream_is_when_its_own_mirror_has_yet_to_answer()
    {
        using var harness = new ClientHarness("https://dead.example", "https://good.example");
        await using EventStream stream = await OpenOnAsync(harness, "good.example");
        await SyncedByAsync(harness, "good.example");
    }

    [Fact]
    public async Task A_sync_stays_on_a_mirror_that_answers_wherever_the_stream_is()
    {
        using var harness = new ClientHarness("https://a.example", "https://b.example");
        await SyncedByAsync(harness, "a.example");
        await using (await OpenOnAsync(harness, "b.example"))
        {
            await SyncedByAsync(harness, "a.example");
        }
    }

    [Fact]
    public async Task A_stream_that_is_closed_draws_no_sync()
    {
        using var harness = new ClientHarness("https://a.example", "https://b.example");
        await (await OpenOnAsync(harness, "b.example")).DisposeAsync();
        await SyncedByAsync(harness, "a.example");
    }

    [Fact]
    public async Task After_10_minutes_a_sync_tries_the_primary_first_wherever_the_stream_is()
    {
        using var harness = new ClientHarness("https://a.example", "https://b.example");
        await using EventStream stream = await OpenOnAsync(harness, "b.example");
        await SyncedByAsync(harness, "b.example");
        harness.Time.Advance(TimeSpan.FromMinutes(10));
        await SyncedByAsync(harness, "a.example");
    }

    [Fact]
    public async Task An_open_stream_has_no_deadline()
    {
        using var harness = new ClientHarness();
        Task<EventStream> opening = harness.Client.OpenEventStreamAsync();
        PipeWriter server = (await harness.Server.EventsAsync()).Stream();
        await using EventStream stream = await Signal.Of(opening, "the stream");
        Assert.Equal(0, harness.Time.LiveTimers);
        harness.Time.Advance(TimeSpan.FromDays(1));
        await server.WriteAsync(": still here\n"u8.ToArray());
        Assert.True(await Signal.Of(stream.Frames.WaitToReadAsync().AsTask(), "a frame"));
        Assert.True(stream.Frames.TryRead(out _));
    }

    [Theory]
    [InlineData("wake", 45)]
    [InlineData("sync", 30)]
    public async Task A_body_that_does_not_end_ends_at_the_deadline(string endpoint, int seconds)
    {
        using var harness = new ClientHarness();
        Task exchange = harness.BeginAsync(endpoint);
        var body = new Pipe();
        (await harness.NextAsync(endpoint)).Answer(new TrackedResponse(HttpStatusCode.OK, body.Reader.AsStream(), "application/json"));
        await body.Writer.WriteAsync("{"u8.ToArray());
        harness.Time.Advance(TimeSpan.FromSeconds(seconds));
        Assert.Equal(ControlPlaneError.Timeout, (await harness.FailureOf(exchange)).Error);
    }

    [Fact]
    public async Task An_errors_body_that_does_not_end_leaves_the_status()
    {
        using var harness = new ClientHarness();
        Task exchange = harness.BeginAsync("events");
        var body = new Pipe();
        (await harness.Server.EventsAsync()).Answer(new TrackedResponse(HttpStatusCode.Forbidden, body.Reader.AsStream(), "text/plain"));
        harness.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(HttpStatusCode.Forbidden, (await harness.FailureOf(exchange)).StatusCode);
    }

    [Fact]
    public async Task A_key_that_never_comes_ends_at_the_deadline()
    {
        using var harness = new ClientHarness();
        harness.KeyAsync = async cancellationToken =>
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return "";
        };
        Task exchange = harness.BeginAsync("events");
        await harness.Time.PassAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(ControlPlaneError.Timeout, (await harness.FailureOf(exchange)).Error);
        Assert.Empty(harness.Server.Requests);
    }

    private static async Task<EventStream> OpenOnAsync(ClientHarness harness, string host)
    {
        Task<EventStream> opening = harness.Client.OpenEventStreamAsync();
        while (true)
        {
            ScriptedRequest request = await harness.Server.EventsAsync();
            if (request.Host == host)
            {
                request.Stream();
                return await Signal.Of(opening, "the stream");
            }

            request.Answer(HttpStatusCode.BadGateway);
        }
    }

    private static async Task SyncedByAsync(ClientHarness harness, string host)
    {
        Task exchange = harness.BeginAsync("sync");
        ScriptedRequest request = await harness.Server.SyncAsync();
        Assert.Equal(host, request.Host);
        request.Json("{}");
        await Signal.Of(exchange, "the sync");
    }
}
