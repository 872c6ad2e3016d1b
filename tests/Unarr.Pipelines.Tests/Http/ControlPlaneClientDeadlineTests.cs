using System.IO.Pipelines;
using System.Net;
using Unarr.Pipelines.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Http;

/// <summary>A server that accepts and never answers, in virtual time.</summary>
public sealed class ControlPlaneClientDeadlineTests
{
    [Theory]
    [InlineData("events", 10)]
    [InlineData("wake", 45)]
    [InlineData("sync", 30)]
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
    public async Task A_syncs_deadline_covers_all_mirrors_and_the_next_sync_begins_at_the_next_one()
    {
        using var harness = new ClientHarness("https://a.example", "https://b.example", "https://c.example");
        Task exchange = harness.BeginAsync("sync");
        await harness.Server.SyncAsync();
        harness.Time.Advance(TimeSpan.FromSeconds(30));
        ControlPlaneException failure = await harness.FailureOf(exchange);
        Assert.Equal((ControlPlaneError.Timeout, "a.example"), (failure.Error, failure.Uri.Host));
        Assert.Single(harness.Server.Requests);
        Assert.Equal("b.example", harness.Mirrors.Current.Host);
    }

    [Fact]
    public async Task A_sync_that_moved_on_has_the_rest_of_its_time()
    {
        using var harness = new ClientHarness("https://a.example", "https://b.example");
        Task exchange = harness.BeginAsync("sync");
        ScriptedRequest first = await harness.Server.SyncAsync();
        harness.Time.Advance(TimeSpan.FromSeconds(20));
        first.Answer(HttpStatusCode.BadGateway, "away");
        await harness.Server.SyncAsync();
        harness.Time.Advance(TimeSpan.FromSeconds(9.999));
        Assert.False(exchange.IsCompleted);
        harness.Time.Advance(TimeSpan.FromSeconds(0.001));
        ControlPlaneException failure = await harness.FailureOf(exchange);
        Assert.Equal([ControlPlaneError.HttpStatus, ControlPlaneError.Timeout], failure.Attempts.Select(attempt => attempt.Error));
        Assert.Equal(["a.example", "b.example"], failure.Attempts.Select(attempt => attempt.Uri.Host));
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
}
