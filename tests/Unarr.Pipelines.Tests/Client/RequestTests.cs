using System.Net.Http.Headers;
using System.Text;
using Unarr.Pipelines.Sse;
using Xunit;

namespace Unarr.Pipelines.Tests.Client;

/// <summary>What a request carries, and which requests are sent again.</summary>
public class RequestTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Request_asks_for_a_fresh_event_stream(bool strict)
    {
        await using var harness = new SseClientHarness(new ScriptedHandler(), new SseClientOptions { Strict = strict });
        await harness.ReadAsync();
        Assert.Equal("text/event-stream", harness.Server[0].Header("Accept"));
        Assert.Equal("no-cache", harness.Server[0].Header("Cache-Control"));
        Assert.Null(harness.Server[0].Header("Last-Event-ID"));
    }

    [Fact]
    public async Task Header_of_the_request_stays()
    {
        await using var harness = new SseClientHarness(new ScriptedHandler(), create: _ =>
        {
            var request = new HttpRequestMessage(HttpMethod.Get, SseClientHarness.Address);
            request.Headers.TryAddWithoutValidation("Accept", "text/event-stream, x/y");
            request.Headers.CacheControl = new CacheControlHeaderValue { NoStore = true };
            request.Headers.Add("X-Own", "1");
            return request;
        });
        await harness.ReadAsync();
        Assert.Equal("text/event-stream, x/y", harness.Server[0].Header("Accept"));
        Assert.Equal("no-store", harness.Server[0].Header("Cache-Control"));
        Assert.Equal("1", harness.Server[0].Header("X-Own"));
    }

    [Fact]
    public async Task Json_is_asked_for_where_it_is_accepted()
    {
        await using var harness = new SseClientHarness(new ScriptedHandler(), new SseClientOptions { AcceptJson = true });
        await harness.ReadAsync();
        Assert.Equal("text/event-stream, application/json", harness.Server[0].Header("Accept"));
    }

    [Theory]
    [InlineData("GET", true)]
    [InlineData("HEAD", true)]
    [InlineData("PUT", true)]
    [InlineData("DELETE", true)]
    [InlineData("OPTIONS", true)]
    [InlineData("REPORT", true)]
    [InlineData("QUERY", true)]
    [InlineData("POST", false)]
    [InlineData("PATCH", false)]
    [InlineData("LOCK", false)]
    [InlineData("OWN", false)]
    public async Task Method_decides_whether_a_request_is_sent_again(string method, bool isSentAgain)
    {
        foreach (bool strict in (bool[])[false, true])
        {
            HttpRequestMessage Create(SseAttempt attempt) => new(new HttpMethod(method), SseClientHarness.Address)
            {
                Content = method is "GET" or "HEAD" ? null : new StringContent("body"),
            };
            await using var ended = new SseClientHarness(
                new ScriptedHandler(ScriptedAnswer.Stream("data: a\n\n"), ScriptedAnswer.Stream("data: b\n\n")),
                new SseClientOptions { Strict = strict },
                Create);
            Assert.Equal(isSentAgain ? ["a", "b"] : ["a"], await ended.ReadAsync());
            Assert.Equal(isSentAgain ? SseEndReason.NoContent : SseEndReason.EndOfStream, ended.Client.EndReason);
            Assert.Equal(ended.Server[0].Body, ended.Server[ended.Server.Count - 1].Body);

            await using var cut = new SseClientHarness(
                new ScriptedHandler(ScriptedAnswer.Cut("data: a\n\n")), new SseClientOptions { Strict = strict }, Create);
            if (isSentAgain)
            {
                Assert.Equal(["a"], await cut.ReadAsync());
                Assert.Equal(SseError.Interrupted, cut.Client.LastFailure?.Error);
            }
            else
            {
                Assert.Equal(SseError.Interrupted, (await cut.FailAsync()).Error);
                Assert.Equal(1, cut.Server.Count);
            }
        }
    }

    [Theory]
    [InlineData(SseReplay.Idempotent, "POST", "", false)]
    [InlineData(SseReplay.Idempotent, "POST", "id: 1\n", false)]
    [InlineData(SseReplay.WithLastEventId, "POST", "", false)]
    [InlineData(SseReplay.WithLastEventId, "POST", "id: 1\n", true)]
    [InlineData(SseReplay.WithLastEventId, "GET", "", true)]
    [InlineData(SseReplay.Always, "POST", "", true)]
    [InlineData(SseReplay.Never, "POST", "id: 1\n", false)]
    [InlineData(SseReplay.Never, "GET", "id: 1\n", false)]
    public async Task Option_decides_whether_a_request_is_sent_again(SseReplay replay, string method, string id, bool isSentAgain)
    {
        await using var harness = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Stream($"{id}data: a\n\n"), ScriptedAnswer.Stream("data: b\n\n")),
            new SseClientOptions { Replay = replay },
            attempt => new HttpRequestMessage(new HttpMethod(method), SseClientHarness.Address)
            {
                Content = method == "POST" ? new StringContent($"body {attempt.Number}") : null,
            });
        Assert.Equal(isSentAgain ? ["a", "b"] : ["a"], await harness.ReadAsync());
        Assert.Equal(isSentAgain ? SseEndReason.NoContent : SseEndReason.EndOfStream, harness.Client.EndReason);
    }

    [Fact]
    public async Task Method_of_the_next_request_decides()
    {
        await using var harness = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Cut("id: 1\ndata: a\n\n"), ScriptedAnswer.Stream("data: b\n\n")),
            create: attempt => attempt.Number == 1 ? SseClientHarness.Post() : attempt.LastEventId.Length > 0 && attempt.Number == 2
                ? new HttpRequestMessage(HttpMethod.Get, SseClientHarness.Address) : null);
        Assert.Equal(["a", "b"], await harness.ReadAsync());
        Assert.Equal(["POST", "GET"], [harness.Server[0].Method, harness.Server[1].Method]);
        Assert.Equal("1", harness.Server[1].Header("Last-Event-ID"));
        Assert.Equal(SseEndReason.EndOfStream, harness.Client.EndReason);
        Assert.Equal([null, SseError.Interrupted, null], harness.Attempts.Select(attempt => attempt.Failure?.Error));
    }

    [Fact]
    public async Task Declined_attempt_ends_as_the_one_before()
    {
        await using var cut = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Cut("data: a\n\n")),
            create: attempt => attempt.Number == 1 ? SseClientHarness.Post() : null);
        Assert.Equal(SseError.Interrupted, (await cut.FailAsync()).Error);

        await using var never = new SseClientHarness(new ScriptedHandler(), create: _ => null);
        Assert.Empty(await never.ReadAsync());
        Assert.Equal(0, never.Server.Count);
        Assert.Equal(SseEndReason.EndOfStream, never.Client.EndReason);
    }

    [Fact]
    public async Task Proper_end_of_a_get_closes_where_that_is_chosen()
    {
        await using var harness = new SseClientHarness(
            new ScriptedHandler(
                ScriptedAnswer.Cut("data: a\n\n"), ScriptedAnswer.Stream("data: b\n\n"), ScriptedAnswer.Stream("data: c\n\n")),
            new SseClientOptions { CloseAtEnd = true });
        Assert.Equal(["a", "b"], await harness.ReadAsync());
        Assert.Equal(SseEndReason.EndOfStream, harness.Client.EndReason);
    }

    [Fact]
    public async Task Fault_of_the_function_is_thrown_then_and_later()
    {
        await using var harness = new SseClientHarness(new ScriptedHandler(), create: _ => throw new FormatException("mine"));
        for (int call = 0; call < 3; call++)
        {
            Assert.Equal("mine", (await Assert.ThrowsAsync<FormatException>(async () => await harness.Client.WaitToReadAsync())).Message);
        }

        Assert.Equal(SseClientState.Closed, harness.Client.State);
    }

    [Fact]
    public async Task Body_of_a_client_is_read_while_it_comes()
    {
        var pipe = new System.IO.Pipelines.Pipe();
        await pipe.Writer.WriteAsync("data: a\n\n"u8.ToArray());
        using var http = new HttpClient(new ScriptedHandler(ScriptedAnswer.Open(pipe))) { BaseAddress = new Uri("http://host/base/") };
        await using var client = new SseClient(http, new Uri("events", UriKind.Relative));
        Assert.True(await Http.Signal.Of(client.WaitToReadAsync().AsTask(), "the first event of a stream that does not end"));
        Assert.True(client.TryRead(out SseFrame frame));
        Assert.Equal("a", frame.GetText());
    }

    [Theory]
    [InlineData("ftp://host/")]
    [InlineData("events")]
    [InlineData("file:///etc/passwd")]
    public void Bad_address_is_refused_at_construction(string address)
    {
        var uri = new Uri(address, UriKind.RelativeOrAbsolute);
        using var http = new HttpMessageInvoker(new ScriptedHandler());
        Assert.Throws<ArgumentException>("uri", () => new SseClient(uri));
        Assert.Throws<ArgumentException>("uri", () => new SseClient(http, uri));
    }

    [Fact]
    public void Missing_argument_is_refused_at_construction()
    {
        using var http = new HttpMessageInvoker(new ScriptedHandler());
        Assert.Throws<ArgumentNullException>("uri", () => new SseClient(null!));
        Assert.Throws<ArgumentNullException>("http", () => new SseClient(null!, SseClientHarness.Address));
        Assert.Throws<ArgumentNullException>("createRequest", () => new SseClient(http, (Func<SseAttempt, HttpRequestMessage?>)null!));
    }

    public static TheoryData<string, SseClientOptions> Bad => new()
    {
        { "Replay", new SseClientOptions { Replay = (SseReplay)9 } },
        { "EndMarker", new SseClientOptions { EndMarker = " " } },
        { "EndEventType", new SseClientOptions { EndEventType = "a\nb" } },
        { "ResponseTimeout", new SseClientOptions { ResponseTimeout = TimeSpan.Zero } },
        { "IdleTimeout", new SseClientOptions { IdleTimeout = TimeSpan.FromSeconds(-3) } },
        { "ReconnectDelay", new SseClientOptions { ReconnectDelay = TimeSpan.FromTicks(-1) } },
        { "MaxReconnectDelay", new SseClientOptions { MaxReconnectDelay = TimeSpan.MaxValue } },
        { "MaxAttempts", new SseClientOptions { MaxAttempts = 0 } },
        { "RememberedIds", new SseClientOptions { RememberedIds = -1 } },
        { "MaxRedirects", new SseClientOptions { MaxRedirects = -1 } },
        { "MaxLineBytes", new SseClientOptions { MaxLineBytes = 1 } },
        { "MaxEventBytes", new SseClientOptions { MaxEventBytes = 1 } },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void Bad_option_is_named_at_construction(string option, SseClientOptions options) => Assert.StartsWith(
        option,
        Assert.Throws<ArgumentOutOfRangeException>(nameof(options), () => new SseClient(SseClientHarness.Address, options)).Message,
        StringComparison.Ordinal);

    [Fact]
    public async Task Secrets_of_a_request_are_in_no_failure()
    {
        const string Key = "sk+very/secret==";
        string spellings = $"{Key} x {Uri.EscapeDataString(Key)} {System.Text.Json.JsonEncodedText.Encode(Key)}";
        string echo = $"bearer {spellings} pass-1234 q-5678-q cookie-9";
        await using var harness = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Status(400, echo + new string('.', 1024 - Encoding.UTF8.GetByteCount(echo) - 9) + Key)),
            create: _ =>
            {
                var request = new HttpRequestMessage(HttpMethod.Get, "http://me:pass-1234@host/events?topic=news&api_key=q-5678-q");
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Key);
                request.Headers.Add("X-Api-Key", "other-key");
                request.Headers.Add("Cookie", "a=cookie-9");
                return request;
            });
        SseException failure = await harness.FailAsync();
        Assert.Equal("http://host/events?topic=news&api_key=***", failure.Uri?.ToString());
        foreach (string secret in (string[])["very/secret", "very%2Fsecret", "u002Bvery", "pass-1234", "q-5678-q", "cookie-9", "sk+very"])
        {
            Assert.DoesNotContain(secret, failure.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(secret, failure.ResponseBody, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Failure_is_thrown_again_by_each_call()
    {
        await using var harness = new SseClientHarness(new ScriptedHandler(ScriptedAnswer.Status(404, "gone")));
        SseException failure = await harness.FailAsync();
        Assert.Same(failure, await Assert.ThrowsAsync<SseException>(async () => await harness.Client.WaitToReadAsync()));
        Assert.Same(failure, Assert.Throws<SseException>(() => harness.Client.TryRead(out _)));
        Assert.Same(failure, await Assert.ThrowsAsync<SseException>(async () => await harness.ReadAsync()));
        Assert.Same(failure, harness.Client.LastFailure);
        harness.Client.Close();
        Assert.Equal(SseEndReason.None, harness.Client.EndReason);
    }
}
