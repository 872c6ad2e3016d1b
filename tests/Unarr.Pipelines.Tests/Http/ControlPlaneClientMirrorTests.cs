using System.Net;
using System.Net.Sockets;
using Unarr.Agents.Downlink.ControlPlane;
using Xunit;

namespace Unarr.Pipelines.Tests.Http;

public sealed class ControlPlaneClientMirrorTests
{
    private static readonly string[] Three = ["https://a.example", "https://b.example/base", "https://c.example"];

    private static readonly string[] Endpoints = ["events", "wake", "sync"];

    [Theory]
    [InlineData("events")]
    [InlineData("wake")]
    [InlineData("sync")]
    public async Task When_every_mirror_fails_each_was_tried_once_and_the_error_tells_of_each(string endpoint)
    {
        using var harness = new ClientHarness(Three);
        Task exchange = harness.BeginAsync(endpoint);
        (await harness.NextAsync(endpoint)).Fail(
            new HttpRequestException(HttpRequestError.ConnectionError, "x", new SocketException((int)SocketError.ConnectionRefused)));
        (await harness.NextAsync(endpoint)).Answer(HttpStatusCode.BadGateway, "upstream is away");
        (await harness.NextAsync(endpoint)).Fail(new HttpRequestException(HttpRequestError.NameResolutionError));

        ControlPlaneException failure = await harness.FailureOf(exchange);
        Assert.Equal(ControlPlaneError.AllMirrors, failure.Error);
        Assert.True(failure.IsTransient);
        Assert.Equal(
            [ControlPlaneError.Connection, ControlPlaneError.HttpStatus, ControlPlaneError.NameResolution],
            failure.Attempts.Select(attempt => attempt.Error));
        Assert.Contains($"https://a.example/api/internal/agent/{endpoint}: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(
            $"https://b.example/base/api/internal/agent/{endpoint}: HTTP 502: upstream is away", failure.Message, StringComparison.Ordinal);
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
    [InlineData(HttpStatusCode.NotModified)]
    [InlineData(HttpStatusCode.BadRequest)]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.Gone)]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.NotImplemented)]
    public async Task What_the_control_plane_itself_decided_is_not_moved(HttpStatusCode status)
    {
        foreach (string endpoint in Endpoints)
        {
            using var harness = new ClientHarness(Three);
            ControlPlaneException failure = await harness.FailureAsync(endpoint, status, "no");
            Assert.Equal((ControlPlaneError.HttpStatus, status), (failure.Error, failure.StatusCode));
            Assert.False(failure.IsTransient);
            Assert.Single(harness.Server.Requests);
            Assert.Equal("a.example", harness.Mirrors.Current.Host);
        }
    }

    [Fact]
    public async Task Every_transient_answer_moves_every_endpoint_to_the_next_mirror()
    {
        (int Status, string Body, string Type)[] answers =
        [
            .. new[] { 407, 408, 421, 425, 502, 503, 504, 511, 520, 525, 530, 204, 205, 301, 302, 303, 307, 308 }
                .Select(status => (status, "", "text/plain")),
            .. new[] { "", "null", "[]", "{} {}", "{\"watching\":7,\"wake\":7}", new string(' ', 1_100_000) }
                .Select(body => (200, body, "application/json")),
            (200, "<html>Pay here</html>", "text/html"),
        ];
        foreach (string endpoint in Endpoints)
        {
            foreach ((int status, string body, string type) in answers)
            {
                using var harness = new ClientHarness(Three);
                Task exchange = harness.BeginAsync(endpoint);
                (await harness.NextAsync(endpoint)).Answer((HttpStatusCode)status, body, type);
                await SucceedAsync(harness, endpoint, exchange, "b.example");
                Assert.Equal(endpoint == "events" ? "a.example" : "b.example", harness.Mirrors.Current.Host);
            }
        }
    }

    [Fact]
    public async Task Every_transient_answer_of_a_single_mirror_is_told_as_transient()
    {
        foreach (string endpoint in Endpoints)
        {
            foreach (int status in new[] { 200, 204, 302, 407, 425, 511, 530 })
            {
                using var harness = new ClientHarness();
                Assert.True((await harness.FailureAsync(endpoint, (HttpStatusCode)status, "")).IsTransient);
            }
        }
    }

    [Theory]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.Gone)]
    [InlineData(HttpStatusCode.BadRequest)]
    public async Task A_decided_answer_outranks_another_mirrors_failure(HttpStatusCode status)
    {
        foreach (string endpoint in Endpoints)
        {
            using var harness = new ClientHarness(Three);
            Task exchange = harness.BeginAsync(endpoint);
            (await harness.NextAsync(endpoint)).Answer(HttpStatusCode.BadGateway);
            (await harness.NextAsync(endpoint)).Answer(status);
            ControlPlaneException failure = await harness.FailureOf(exchange);
            Assert.Equal(("b.example", (HttpStatusCode?)status), (failure.Uri.Host, failure.StatusCode));
            Assert.Equal([HttpStatusCode.BadGateway, status], failure.Attempts.Select(attempt => attempt.StatusCode));
            Assert.Equal(2, harness.Server.Requests.Count);
        }
    }

    [Fact]
    public async Task A_refused_key_is_tried_once_on_each_other_mirror_and_stays_where_it_is_accepted()
    {
        foreach (string endpoint in Endpoints)
        {
            using var harness = new ClientHarness(Three);
            Task exchange = harness.BeginAsync(endpoint);
            (await harness.NextAsync(endpoint)).Answer(HttpStatusCode.Unauthorized);
            (await harness.NextAsync(endpoint)).Answer(HttpStatusCode.Forbidden);
            await SucceedAsync(harness, endpoint, exchange, "c.example");
            exchange = harness.BeginAsync(endpoint);
            await SucceedAsync(harness, endpoint, exchange, "c.example");
        }
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.Unauthorized, HttpStatusCode.BadGateway, HttpStatusCode.ServiceUnavailable)]
    [InlineData(HttpStatusCode.Unauthorized, HttpStatusCode.NotFound, HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.BadGateway, HttpStatusCode.Unauthorized, HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.BadGateway, HttpStatusCode.ServiceUnavailable, HttpStatusCode.Unauthorized)]
    public async Task A_refusal_is_the_answer_when_no_mirror_accepts_the_key(HttpStatusCode a, HttpStatusCode b, HttpStatusCode c)
    {
        foreach (string endpoint in Endpoints)
        {
            using var harness = new ClientHarness(Three);
            Task exchange = harness.BeginAsync(endpoint);
            foreach (HttpStatusCode status in new[] { a, b, c })
            {
                (await harness.NextAsync(endpoint)).Answer(status);
            }

            ControlPlaneException failure = await harness.FailureOf(exchange);
            Assert.Equal((ControlPlaneError.AllMirrors, HttpStatusCode.Unauthorized), (failure.Error, failure.StatusCode));
            Assert.False(failure.IsTransient);
            Assert.Equal([a, b, c], failure.Attempts.Select(attempt => attempt.StatusCode.GetValueOrDefault()));
            Assert.NotNull(failure.RefusedKey);
            Assert.Equal(3, harness.Server.Requests.Count);
        }
    }

    [Fact]
    public async Task A_syncs_body_on_the_second_mirror_is_the_first_ones()
    {
        using var harness = new ClientHarness(Three);
        Task exchange = harness.BeginAsync("sync");
        ScriptedRequest first = await harness.Server.SyncAsync();
        first.Answer(HttpStatusCode.BadGateway);
        ScriptedRequest second = await harness.Server.SyncAsync();
        Assert.StartsWith("{\"agentId\":\"agent\"", second.Body, StringComparison.Ordinal);
        Assert.Equal(first.Body, second.Body);
        second.Json("{}");
        await Signal.Of(exchange, "the sync");
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
        using var harness = new ClientHarness(Three[..2]);
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

    private static async Task SucceedAsync(ClientHarness harness, string endpoint, Task exchange, string host)
    {
        ScriptedRequest request = await harness.NextAsync(endpoint);
        Assert.Equal(host, request.Host);
        request.Answer(HttpStatusCode.OK, "{}", endpoint == "events" ? "text/event-stream" : "application/json");
        await Signal.Of(exchange, "the exchange");
        if (exchange is Task<EventStream> stream)
        {
            await (await stream).DisposeAsync();
        }
    }
}
