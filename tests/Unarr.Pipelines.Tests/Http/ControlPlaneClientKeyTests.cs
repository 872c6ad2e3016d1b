using System.Net;
using System.Text;
using Unarr.Agents.Downlink.ControlPlane;
using Xunit;

namespace Unarr.Pipelines.Tests.Http;

/// <summary>What is sent with each request, and that the key shows up nowhere else.</summary>
public sealed class ControlPlaneClientKeyTests
{
    [Theory]
    [InlineData("events")]
    [InlineData("wake")]
    [InlineData("sync")]
    public async Task Each_request_carries_the_key_and_the_user_agent_and_asks_for_no_compression(string endpoint)
    {
        using var harness = new ClientHarness();
        Task exchange = harness.BeginAsync(endpoint);
        ScriptedRequest request = await harness.NextAsync(endpoint);
        Assert.Equal($"Bearer {ClientHarness.Key}", request.Message.Headers.Authorization!.ToString());
        Assert.StartsWith("unarr-pipelines/", request.Message.Headers.UserAgent.ToString(), StringComparison.Ordinal);
        Assert.Empty(request.Message.Headers.AcceptEncoding);
        Assert.Equal(endpoint == "events" ? "text/event-stream" : "", request.Message.Headers.Accept.ToString());
        Assert.Equal(endpoint == "events", request.Message.Headers.CacheControl?.NoCache == true);
        Assert.Equal(endpoint == "sync" ? HttpMethod.Post : HttpMethod.Get, request.Message.Method);
        request.Answer(HttpStatusCode.InternalServerError);
        await harness.FailureOf(exchange);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  \n")]
    [InlineData("hunter2\r\nX-Evil: 1")]
    [InlineData("hunter2\n1")]
    [InlineData("hun\0ter2")]
    [InlineData("hunter2 x")]
    [InlineData("hunter2-é")]
    public async Task A_key_that_no_header_can_carry_is_refused_without_showing_it(string key)
    {
        using var harness = new ClientHarness();
        harness.KeyAsync = _ => ValueTask.FromResult(key);
        ControlPlaneException exception = await harness.FailureOf(harness.BeginAsync("sync"));
        Assert.Equal(ControlPlaneError.ApiKey, exception.Error);
        Assert.Contains("API key", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hun", exception.ToString(), StringComparison.Ordinal);
        Assert.Empty(harness.Server.Requests);
    }

    [Theory]
    [InlineData("events")]
    [InlineData("wake")]
    [InlineData("sync")]
    public async Task A_key_provider_that_throws_fails_the_exchange_before_any_mirror_is_asked(string endpoint)
    {
        Exception[] thrown =
        [
            new FormatException($"'{ClientHarness.Key}' has no line end"),
            new OperationCanceledException("its own timeout"),
            new IOException(ClientHarness.Key),
        ];
        foreach (Exception fault in thrown)
        {
            using var harness = new ClientHarness("https://a.example", "https://b.example");
            harness.KeyAsync = _ => throw fault;
            ControlPlaneException failure = await Assert.ThrowsAsync<ControlPlaneException>(
                () => Signal.Of(harness.BeginAsync(endpoint), "the failure"));

            Assert.Equal((ControlPlaneError.ApiKey, false), (failure.Error, failure.IsTransient));
            Assert.Same(fault, failure.InnerException);
            Assert.Contains("the API key cannot be read", failure.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(ClientHarness.Key, failure.Message, StringComparison.Ordinal);
            Assert.Empty(harness.Server.Requests);
            Assert.Equal("a.example", harness.Mirrors.Current.Host);
        }
    }

    [Fact]
    public async Task A_key_file_that_is_missing_is_named()
    {
        using var harness = new ClientHarness();
        harness.KeyAsync = _ => throw new FileNotFoundException("no file /run/secrets/key");
        Assert.EndsWith(
            "no file /run/secrets/key", (await harness.FailureOf(harness.BeginAsync("sync"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_null_is_no_key()
    {
        using var harness = new ClientHarness();
        harness.KeyAsync = _ => ValueTask.FromResult<string>(null!);
        Assert.Equal(ControlPlaneError.ApiKey, (await harness.FailureOf(harness.BeginAsync("sync"))).Error);
    }

    [Fact]
    public async Task A_request_that_carries_no_key_any_more_is_redacted_without_one()
    {
        using var handler = new ForgetfulHandler();
        using var http = new HttpClient(handler);
        var client = new ControlPlaneClient(
            http, new MirrorPool(["https://a.example"]),
            new ControlPlaneClientOptions { ApiKey = _ => ValueTask.FromResult(ClientHarness.Key) });

        ControlPlaneException broken = await Assert.ThrowsAsync<ControlPlaneException>(() => client.SyncAsync(ClientHarness.Request));
        handler.Status = HttpStatusCode.InternalServerError;
        ControlPlaneException refused = await Assert.ThrowsAsync<ControlPlaneException>(() => client.SyncAsync(ClientHarness.Request));

        Assert.Equal(ControlPlaneError.UnexpectedEnd, broken.Error);
        Assert.EndsWith("HTTP 500: ***, other ***", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_keys_line_end_is_no_part_of_it()
    {
        using var harness = new ClientHarness();
        harness.KeyAsync = _ => ValueTask.FromResult($" {ClientHarness.Key}\r\n");
        Task exchange = harness.BeginAsync("sync");
        ScriptedRequest request = await harness.Server.SyncAsync();
        Assert.Equal(ClientHarness.Key, request.Message.Headers.Authorization!.Parameter);
        request.Json("{}");
        await Signal.Of(exchange, "the sync");
    }

    [Theory]
    [InlineData("events", HttpStatusCode.Forbidden, "text/plain", "bad key KEY, KEY")]
    [InlineData("sync", HttpStatusCode.Forbidden, "application/json", "{\"error\":\"bad key KEY\"}")]
    [InlineData("sync", HttpStatusCode.BadGateway, "text/plain", "KEY")]
    [InlineData("sync", HttpStatusCode.OK, "application/json", "{\"KEY\":{\"KEY\":x}}")]
    [InlineData("sync", HttpStatusCode.OK, "application/json", "{\"watching\":\"KEY\"}")]
    [InlineData("wake", HttpStatusCode.OK, "application/json", "KEY")]
    [InlineData("events", HttpStatusCode.OK, "text/KEY", "")]
    [InlineData("events", HttpStatusCode.OK, "text/event-stream", "encoded")]
    public async Task A_key_that_the_server_sends_back_is_in_no_message(string endpoint, HttpStatusCode status, string type, string body)
    {
        using var harness = new ClientHarness();
        (string, string)[] headers = body == "encoded" ? [("Content-Encoding", $"{ClientHarness.Key}, gzip")] : [];

        // The harness looks for the key in all of the failure's texts.
        await harness.FailureAsync(
            endpoint,
            status,
            body.Replace("KEY", ClientHarness.Key, StringComparison.Ordinal),
            type.Replace("KEY", ClientHarness.Key, StringComparison.Ordinal),
            headers);
    }

    [Fact]
    public async Task A_key_that_the_texts_bound_cuts_is_not_shown_in_part()
    {
        for (int shown = 4; shown <= ClientHarness.Key.Length; shown++)
        {
            using var harness = new ClientHarness();
            string filler = new('.', 1024 - shown);
            ControlPlaneException failure = await harness.FailureAsync(
                "events", HttpStatusCode.Forbidden, $"{filler}{ClientHarness.Key} {ClientHarness.Key}");
            Assert.DoesNotContain(ClientHarness.Key[..4], failure.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("{\"watching\":\"sk\\u002dtest\"}", "(line 1, byte 27)")]
    [InlineData("{\n\"controls\":7}", "\"controls\" must be a list. (line 2, byte 13)")]
    [InlineData("\n\nsk-test", "(line 3, byte 1)")]
    public async Task What_does_not_parse_is_told_by_its_place_alone(string body, string place)
    {
        using var harness = new ClientHarness();
        ControlPlaneException failure = await harness.FailureAsync("sync", HttpStatusCode.OK, body, "application/json");
        Assert.EndsWith(place, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "test", failure.ToString()[..failure.ToString().IndexOf("   at ", StringComparison.Ordinal)], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_in_hexadecimal_in_a_connections_error_is_in_no_text()
    {
        using var harness = new ClientHarness();
        string hex = Convert.ToHexString(Encoding.ASCII.GetBytes(ClientHarness.Key));
        Task exchange = harness.BeginAsync("sync");
        (await harness.Server.SyncAsync()).Fail(new HttpIOException(HttpRequestError.InvalidResponse, $"Received chunk header: '{hex}'."));
        Assert.DoesNotContain(hex, (await harness.FailureOf(exchange)).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_in_a_connections_error_is_in_no_message()
    {
        using var harness = new ClientHarness();
        Task exchange = harness.BeginAsync("events");
        var inner = new HttpIOException(
            HttpRequestError.InvalidResponse, $"Received an invalid header line: 'Authorization Bearer {ClientHarness.Key}'.");
        (await harness.Server.EventsAsync()).Fail(new HttpRequestException(HttpRequestError.InvalidResponse, "An error occurred.", inner));
        ControlPlaneException failure = await harness.FailureOf(exchange);
        Assert.Equal(ControlPlaneError.UnexpectedEnd, failure.Error);
    }

    /// <summary>An application's handler that puts another request, and another key, into the response.</summary>
    private sealed class ForgetfulHandler : HttpMessageHandler
    {
        public HttpStatusCode Status { get; set; } = HttpStatusCode.OK;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            HttpContent content = Status == HttpStatusCode.OK
                ? new StreamContent(new BadChunks())
                : new StringContent($"{ClientHarness.Key}, other other-key");
            var other = new HttpRequestMessage();
            other.Headers.Authorization = Status == HttpStatusCode.OK ? null : new("Bearer", "other-key");
            return Task.FromResult(new HttpResponseMessage(Status) { Content = content, RequestMessage = other });
        }
    }

    private sealed class BadChunks : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new HttpIOException(HttpRequestError.InvalidResponse, "bad chunk");
    }
}
