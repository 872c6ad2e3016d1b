using System.Net;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Protocol;
using Xunit;

namespace Unarr.Pipelines.Tests.Http;

public sealed class ControlPlaneClientErrorTests
{
    [Fact]
    public async Task An_errors_text_is_the_bodys_first_1024_bytes_trimmed()
    {
        Assert.Equal("HTTP 500", await TextAsync("events", " \r\n\t "));
        Assert.Equal("HTTP 500: in two  lines", await TextAsync("events", " in two\r\nlines \n"));
        Assert.Equal($"HTTP 500: {new string('x', 1024)}", await TextAsync("events", new string('x', 1024) + "y"));
        Assert.Equal($"HTTP 500: {new string('x', 1023)}", await TextAsync("events", " " + new string('x', 5000)));
        Assert.Equal("HTTP 500: {\"error\":\"plain here\"}", await TextAsync("events", """{"error":"plain here"}"""));
        Assert.Equal("HTTP 500: <b>shown</b>", await TextAsync("events", "<b>shown</b>", "text/html"));
    }

    [Theory]
    [InlineData("wake")]
    [InlineData("sync")]
    public async Task A_json_error_tells_its_text_and_markup_is_told_by_its_status(string endpoint)
    {
        Assert.Equal("HTTP 500: disk\u00a0full", await TextAsync(endpoint, """ {"error":" disk\u00a0full\n","more":1} """));
        Assert.Equal("HTTP 500: in words", await TextAsync(endpoint, "in words"));
        Assert.Equal("HTTP 500", await TextAsync(endpoint, " <!DOCTYPE html><p>Oops"));
        Assert.Equal("HTTP 500", await TextAsync(endpoint, "Oops", "text/html; charset=utf-8"));
        Assert.Equal("HTTP 500", await TextAsync(endpoint, "Oops", "application/xhtml+xml"));
        Assert.Equal("HTTP 500: told", await TextAsync(endpoint, """{"error":"told"}""", "text/html"));
        Assert.Equal("HTTP 500: {\"error\":5}", await TextAsync(endpoint, """{"error":5}"""));
        Assert.Equal("HTTP 500: null", await TextAsync(endpoint, "null"));
        Assert.Equal("HTTP 500", await TextAsync(endpoint, ""));
        Assert.Equal("HTTP 500: " + new string('x', 1024), await TextAsync(endpoint, $$"""{"error":"{{new string('x', 2000)}}"}"""));
        Assert.Equal("HTTP 500: code: in words",
            await TextAsync(endpoint, $$"""{"error":"code","message":"in words","details":"{{new string('x', 50_000)}}"}"""));
    }

    [Fact]
    public async Task An_errors_text_that_is_no_utf8_is_told_with_replacements()
    {
        using var harness = new ClientHarness();
        Task exchange = harness.BeginAsync("sync");
        (await harness.Server.SyncAsync()).Answer(
            new TrackedResponse(HttpStatusCode.BadRequest, [.. "{\"error\":\"a"u8, 0xFF, .. "\"}"u8], "application/json"));
        Assert.Contains("\uFFFD", (await harness.FailureOf(exchange)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("0", null)]
    [InlineData("1", 1.0)]
    [InlineData(" 120 ", 120.0)]
    [InlineData("300", 300.0)]
    [InlineData("301", 300.0)]
    [InlineData("1000000000", 300.0)]
    [InlineData("2147483647", 300.0)]
    [InlineData("-5", null)]
    [InlineData("1.5", 1.5)]
    [InlineData("29.997", 29.997)]
    [InlineData("30.0", 30.0)]
    [InlineData("30, 60", 60.0)]
    [InlineData("30, soon", 30.0)]
    [InlineData("soon", null)]
    [InlineData("3153600000", 300.0)]
    [InlineData("99999999999999999999999", 300.0)]
    [InlineData("Thu, 01 Jan 2026 00:00:45 GMT", 45.0)]
    [InlineData("Thu, 01 Jan 2026 01:00:00 GMT", 300.0)]
    [InlineData("Fri, 31 Dec 9999 23:59:59 GMT", 300.0)]
    [InlineData("Wed, 31 Dec 2025 23:59:59 GMT", null)]
    [InlineData("Thu, 01 Jan 1970 00:00:00 GMT", null)]
    public async Task Retry_after_is_told_up_to_five_minutes(string? header, double? seconds)
    {
        (string, string)[] headers = header is null ? [] : [("Retry-After", header)];
        foreach (HttpStatusCode status in new[] { HttpStatusCode.TooManyRequests, HttpStatusCode.ServiceUnavailable })
        {
            using var harness = new ClientHarness();
            ControlPlaneException failure = await harness.FailureAsync("wake", status, "", "text/plain", headers);
            Assert.Equal(seconds is { } given ? TimeSpan.FromSeconds(given) : null, failure.RetryAfter);
        }
    }

    [Fact]
    public async Task Retry_after_counts_on_429_and_503_only()
    {
        using var harness = new ClientHarness();
        Assert.Null((await harness.FailureAsync(
            "wake", HttpStatusCode.InternalServerError, "", "text/plain", ("Retry-After", "9"))).RetryAfter);
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/json")]
    [InlineData("text/event-streams")]
    [InlineData(null)]
    public async Task A_200_of_another_type_is_no_stream(string? type)
    {
        using var harness = new ClientHarness();
        Task exchange = harness.BeginAsync("events");
        (await harness.Server.EventsAsync()).Answer(new TrackedResponse(HttpStatusCode.OK, "data: x\n\n", type));
        ControlPlaneException failure = await harness.FailureOf(exchange);
        Assert.Equal(ControlPlaneError.NotAnEventStream, failure.Error);
        Assert.True(failure.IsTransient);
    }

    [Fact]
    public async Task A_stream_that_is_compressed_though_nobody_asked_is_no_stream()
    {
        using var harness = new ClientHarness();
        ControlPlaneException failure = await harness.FailureAsync(
            "events", HttpStatusCode.OK, "x", "text/event-stream", ("Content-Encoding", "gzip"));
        Assert.Equal(ControlPlaneError.NotAnEventStream, failure.Error);
        Assert.Contains("gzip", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("wake")]
    [InlineData("sync")]
    public async Task An_answer_that_is_compressed_though_nobody_asked_is_told_as_that(string endpoint)
    {
        using var harness = new ClientHarness();
        ControlPlaneException failure = await harness.FailureAsync(
            endpoint, HttpStatusCode.OK, "x", "application/json", ("Content-Encoding", "UTF-8, X-GZIP"));
        Assert.Equal((ControlPlaneError.InvalidPayload, true), (failure.Error, failure.IsTransient));
        Assert.EndsWith(
            "the answer came with content encoding 'x-gzip', which was not asked for", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("events")]
    [InlineData("sync")]
    public async Task An_error_that_is_compressed_is_told_by_its_status(string endpoint)
    {
        using var harness = new ClientHarness();
        ControlPlaneException failure = await harness.FailureAsync(
            endpoint, HttpStatusCode.NotFound, "\u001f\u008b", "text/plain", ("Content-Encoding", "gzip"));
        Assert.EndsWith("HTTP 404", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("identity")]
    [InlineData("UTF-8")]
    [InlineData("chunked")]
    [InlineData("")]
    public async Task A_word_that_names_no_coding_changes_nothing(string word)
    {
        using var harness = new ClientHarness();
        Task exchange = harness.BeginAsync("sync");
        (await harness.Server.SyncAsync()).Answer(HttpStatusCode.OK, "{}", "application/json", ("Content-Encoding", word));
        await Signal.Of(exchange, "the sync");
        Task<EventStream> opening = harness.Client.OpenEventStreamAsync();
        (await harness.Server.EventsAsync()).Answer(HttpStatusCode.OK, "", "text/event-stream", ("Content-Encoding", word));
        await (await Signal.Of(opening, "the stream")).DisposeAsync();
    }

    [Theory]
    [InlineData(HttpStatusCode.OK, "")]
    [InlineData(HttpStatusCode.OK, "null")]
    [InlineData(HttpStatusCode.OK, "<html>Pay here</html>")]
    [InlineData(HttpStatusCode.OK, "{} {}")]
    [InlineData(HttpStatusCode.NoContent, "")]
    public async Task An_answer_that_is_not_the_protocols_is_told_as_that(HttpStatusCode status, string body)
    {
        foreach (string endpoint in new[] { "wake", "sync" })
        {
            using var harness = new ClientHarness();
            ControlPlaneException failure = await harness.FailureAsync(endpoint, status, body);
            Assert.Equal(ControlPlaneError.InvalidPayload, failure.Error);
            Assert.True(failure.IsTransient);
        }
    }

    [Fact]
    public async Task A_long_answer_is_read_whole_wherever_the_arrays_that_hold_it_meet()
    {
        using var harness = new ClientHarness();
        string controls = string.Join(',', Enumerable.Range(0, 500).Select(
            task => $$"""{"id":"i{{task}}","action":"pau\u0073e","taskId":"täsk-{{task}}","x":[{{task}},null]}"""));
        for (int shift = 0; shift < 70; shift++)
        {
            Task<SyncResponse> answer = harness.Client.SyncAsync(ClientHarness.Request);
            (await harness.Server.SyncAsync()).Json($$"""{{new string(' ', shift)}}{"controls":[{{controls}}],"watching":true} """);
            SyncResponse response = await answer;
            Assert.True(response.Watching);
            Assert.Equal(
                Enumerable.Range(0, 500).Select(task => new Control("pause", $"täsk-{task}") { Id = $"i{task}" }), response.Controls);
        }
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task A_syncs_answer_is_read_up_to_1_mebibyte(int beyond, bool accepted)
    {
        using var harness = new ClientHarness();
        Task<SyncResponse> exchange = harness.Client.SyncAsync(ClientHarness.Request);
        (await harness.Server.SyncAsync()).Json("{}" + new string(' ', ControlPlaneClient.MaxSyncResponseBytes - 2 + beyond));
        if (accepted)
        {
            await Signal.Of(exchange, "the sync");
        }
        else
        {
            Assert.Equal(ControlPlaneError.InvalidPayload, (await harness.FailureOf(exchange)).Error);
        }
    }

    private static async Task<string> TextAsync(string endpoint, string body, string type = "application/json")
    {
        using var harness = new ClientHarness();
        ControlPlaneException failure = await harness.FailureAsync(endpoint, HttpStatusCode.InternalServerError, body, type);
        string prefix = $"https://a.example/api/internal/agent/{endpoint}: ";
        Assert.StartsWith(prefix, failure.Message, StringComparison.Ordinal);
        return failure.Message[prefix.Length..];
    }
}
