using System.Net;
using System.Net.Sockets;
using Unarr.Pipelines.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Http;

public sealed class ControlPlaneClientMirrorTests
{
    private static readonly string[] Three = ["https://a.example", "https://b.example/base", "https://c.example"];

    [Theory]
    [InlineData("events")]
    [InlineData("wake")]
    [InlineData("sync")]
    public async Task When_every_mirror_fails_each_was_tried_once_and_the_error_tells_of_each(string endpoint)
    {
        using var harness = new ClientHarness(Three);
        Task exchange = harness.BeginAsync(endpoint);
        (await harness.NextAsync(endpoint)).Fail(new HttpRequestException(HttpRequestError.ConnectionError, "x", new SocketException((int)SocketError.ConnectionRefused)));
        (await harness.NextAsync(endpoint)).Answer(HttpStatusCode.BadGateway, "upstream is away");
        (await harness.NextAsync(endpoint)).Fail(new HttpRequestException(HttpRequestError.NameResolutionError));

        ControlPlaneException failure = await harness.FailureOf(exchange);
        Assert.Equal(ControlPlaneError.AllMirrors, failure.Error);
        Assert.True(failure.IsTransient);
        Assert.Equal(
            [ControlPlaneError.Connection, ControlPlaneError.HttpStatus, ControlPlaneError.NameResolution],
            failure.Attempts.Select(attempt => attempt.Error));
        Assert.Contains($"https://a.example/api/internal/agent/{endpoint}: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"https://b.example/base/api/internal/agent/{endpoint}: HTTP 502: upstream is away", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"https://c.example/api/internal/agent/{endpoint}: ", failure.Message, StringComparison.Ordinal);
        Assert.Equal(3, harness.Server.Requests.Count);
        Assert.Equal(harness.Mirrors.Mirrors[0], harness.Mirrors.Current);
    }

    [Fact]
    public async Task The_pool_stays_on_the_mirror_that_worked()
    {
        using var harness = new ClientHarness(Three);
        Task first = harness.BeginAsync("sync");
        (await harness.Server.SyncAsync()).Answer(HttpStatusCode.ServiceUnavailable);
        (await harness.Server.SyncAsync()).Json("{}");
        await Signal.Of(first, "the sync");
        Assert.Equal("b.example", harness.Mirrors.Current.Host);

        Task second = harness.BeginAsync("wake");
        ScriptedRequest request = await harness.Server.WakeAsync();
        Assert.Equal("b.example", request.Host);
        request.Json("""{"wake":false}""");
        await Signal.Of(second, "the wake");
        Assert.Equal("b.example", harness.Mirrors.Current.Host);
    }

    [Theory]
    [InlineData(HttpStatusCode.NoContent)]
    [InlineData(HttpStatusCode.MovedPermanently)]
    [InlineData(HttpStatusCode.Found)]
    [InlineData(HttpStatusCode.TemporaryRedirect)]
    [InlineData(HttpStatusCode.BadRequest)]
    [InlineData(HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.Forbidden)]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.NotImplemented)]
    public async Task What_the_control_plane_itself_decided_is_not_moved(HttpStatusCode status)
    {
        using var harness = new ClientHarness(Three);
        ControlPlaneException failure = await harness.FailureAsync("events", status, "no");
        Assert.Equal((ControlPlaneError.HttpStatus, status), (failure.Error, failure.StatusCode));
        Assert.False(failure.IsTransient);
        Assert.Single(harness.Server.Requests);
        Assert.Equal("a.example", harness.Mirrors.Current.Host);
    }

    [Theory]
    [InlineData(HttpStatusCode.RequestTimeout)]
    [InlineData(HttpStatusCode.BadGateway)]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    [InlineData(HttpStatusCode.GatewayTimeout)]
    public async Task A_transient_status_is_moved(HttpStatusCode status)
    {
        using var harness = new ClientHarness(Three);
        Task<EventStream> exchange = harness.Client.OpenEventStreamAsync();
        (await harness.Server.EventsAsync()).Answer(status);
        (await harness.Server.EventsAsync()).Stream();
        await using EventStream stream = await Signal.Of(exchange, "the stream");
        Assert.Equal("b.example", stream.Mirror.Host);
    }

    [Fact]
    public async Task A_captive_portals_page_is_moved_from()
    {
        using var harness = new ClientHarness(Three);
        Task<EventStream> exchange = harness.Client.OpenEventStreamAsync();
        (await harness.Server.EventsAsync()).Answer(HttpStatusCode.OK, "<html>Pay here</html>", "text/html");
        (await harness.Server.EventsAsync()).Stream();
        await using EventStream stream = await Signal.Of(exchange, "the stream");
        Assert.Equal("b.example", stream.Mirror.Host);
    }

    [Fact]
    public async Task A_refusal_after_a_transient_failure_tells_of_both_mirrors()
    {
        using var harness = new ClientHarness(Three);
        Task exchange = harness.BeginAsync("events");
        (await harness.Server.EventsAsync()).Answer(HttpStatusCode.BadGateway);
        (await harness.Server.EventsAsync()).Answer(HttpStatusCode.Unauthorized);
        ControlPlaneException failure = await harness.FailureOf(exchange);
        Assert.Equal(HttpStatusCode.Unauthorized, failure.StatusCode);
        Assert.Equal([HttpStatusCode.BadGateway, HttpStatusCode.Unauthorized], failure.Attempts.Select(attempt => attempt.StatusCode));
    }

    [Theory]
    [InlineData("events")]
    [InlineData("wake")]
    [InlineData("sync")]
    public async Task The_callers_cancelling_is_no_failure_and_moves_nothing(string endpoint)
    {
        using var harness = new ClientHarness(Three);
        using var cancellation = new CancellationTokenSource();
        Task exchange = harness.BeginAsync(endpoint, cancellation.Token);
        await harness.NextAsync(endpoint);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Signal.Of(exchange, "the end"));
        Assert.Single(harness.Server.Requests);
        Assert.Equal("a.example", harness.Mirrors.Current.Host);
    }

    [Theory]
    [InlineData("events")]
    [InlineData("wake")]
    [InlineData("sync")]
    public async Task A_connection_that_breaks_as_the_caller_cancels_is_the_callers_cancelling(string endpoint)
    {
        using var harness = new ClientHarness(Three);
        using var cancellation = new CancellationTokenSource();
        Task exchange = harness.BeginAsync(endpoint, cancellation.Token);
        (await harness.NextAsync(endpoint)).FailureWhenCancelled = new HttpRequestException(HttpRequestError.ResponseEnded);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Signal.Of(exchange, "the end"));
        Assert.Equal("a.example", harness.Mirrors.Current.Host);
    }
}
