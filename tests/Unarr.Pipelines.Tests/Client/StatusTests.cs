using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Unarr.Pipelines.Sse;
using Xunit;

namespace Unarr.Pipelines.Tests.Client;

/// <summary>The rows of the table of rules that an answer's status and type decide, both columns.</summary>
public class StatusTests
{
    private const string Good = "data: a\n\n";

    public static TheoryData<string> Broken => ["connection", "name", "certificate", "broken"];

    [Theory]
    [InlineData("text/event-stream")]
    [InlineData("TEXT/Event-Stream")]
    [InlineData("text/event-stream;")]
    [InlineData("text/event-stream; charset=iso-8859-1")]
    [InlineData("text/event-stream;charset=bogus;x")]
    public async Task Event_stream_is_open_whatever_its_parameters(string type)
    {
        foreach (bool strict in (bool[])[false, true])
        {
            await using var harness = new SseClientHarness(
                new ScriptedHandler(ScriptedAnswer.Stream("data: \u00E9\n\n", type)), new SseClientOptions { Strict = strict });
            Assert.Equal(["\u00E9"], await harness.ReadAsync());
            Assert.Equal(SseEndReason.NoContent, harness.Client.EndReason);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("text/plain")]
    [InlineData("text/event-streams")]
    [InlineData("application/json")]
    [InlineData("x text/event-stream")]
    public async Task Other_type_is_a_failure_with_its_body(string type)
    {
        foreach (bool strict in (bool[])[false, true])
        {
            await using var harness = new SseClientHarness(
                new ScriptedHandler(ScriptedAnswer.Stream("""{"error":"no such model"}""", type)),
                new SseClientOptions { Strict = strict });
            SseException failure = await harness.FailAsync();
            Assert.Equal(SseError.MediaType, failure.Error);
            Assert.Equal(HttpStatusCode.OK, failure.StatusCode);
            Assert.Contains("no such model", failure.ResponseBody, StringComparison.Ordinal);
            Assert.Contains("no such model", failure.Message, StringComparison.Ordinal);
            Assert.Equal(1, harness.Server.Count);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_content_ends_properly_with_one_request(bool strict)
    {
        await using var harness = new SseClientHarness(new ScriptedHandler(), new SseClientOptions { Strict = strict });
        Assert.False(await harness.Client.WaitToReadAsync());
        Assert.False(await harness.Client.WaitToReadAsync());
        Assert.Equal(SseEndReason.NoContent, harness.Client.EndReason);
        Assert.Equal(SseClientState.Closed, harness.Client.State);
        Assert.Equal(1, harness.Server.Count);
    }

    [Theory]
    [InlineData(408)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(504)]
    public async Task Unavailable_is_tried_again_where_the_request_may_be_sent_again(int status)
    {
        ScriptedAnswer[] script = [ScriptedAnswer.Status(status, "why"), ScriptedAnswer.Stream(Good)];
        await using var get = new SseClientHarness(new ScriptedHandler(script));
        Assert.Equal(["a"], await get.ReadAsync());

        await using var post = new SseClientHarness(new ScriptedHandler(script), create: _ => SseClientHarness.Post());
        SseException failure = await post.FailAsync();
        Assert.Equal((HttpStatusCode)status, failure.StatusCode);
        Assert.Equal("why", failure.ResponseBody);
        Assert.Equal(1, post.Server.Count);
        Assert.Empty(post.Delays);

        await using var strict = new SseClientHarness(new ScriptedHandler(script), new SseClientOptions { Strict = true });
        Assert.Equal((HttpStatusCode)status, (await strict.FailAsync()).StatusCode);
        Assert.Equal(1, strict.Server.Count);
    }

    [Theory]
    [InlineData(425)]
    [InlineData(429)]
    [InlineData(503)]
    public async Task Busy_is_tried_again_for_every_method(int status)
    {
        ScriptedAnswer[] script = [ScriptedAnswer.Status(status), ScriptedAnswer.Stream(Good)];
        foreach (SseReplay replay in Enum.GetValues<SseReplay>())
        {
            await using var post = new SseClientHarness(
                new ScriptedHandler(script), new SseClientOptions { Replay = replay, CloseAtEnd = true }, _ => SseClientHarness.Post());
            Assert.Equal(["a"], await post.ReadAsync());
            Assert.Equal("question", post.Server[1].Body);
            Assert.Equal((HttpStatusCode)status, post.Attempts[1].Failure?.StatusCode);
        }

        await using var strict = new SseClientHarness(new ScriptedHandler(script), new SseClientOptions { Strict = true });
        Assert.Equal((HttpStatusCode)status, (await strict.FailAsync()).StatusCode);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task Refused_request_is_made_once_more(int status)
    {
        ScriptedAnswer refused = ScriptedAnswer.Status(status, "no");
        await using var renewed = new SseClientHarness(
            new ScriptedHandler(refused, ScriptedAnswer.Stream(Good)), create: _ => SseClientHarness.Post());
        Assert.Equal(["a"], await renewed.ReadAsync());
        Assert.Empty(renewed.Delays);
        Assert.Equal([(HttpStatusCode)status], renewed.Renewals);
        Assert.Equal([1, 2], renewed.Attempts.Take(2).Select(attempt => attempt.Number));
        Assert.Equal((HttpStatusCode)status, renewed.Attempts[1].Failure?.StatusCode);

        await using var refusedTwice = new SseClientHarness(new ScriptedHandler(refused, refused, ScriptedAnswer.Stream(Good)));
        SseException failure = await refusedTwice.FailAsync();
        Assert.Equal(SseError.Status, failure.Error);
        Assert.Equal("no", failure.ResponseBody);
        Assert.Equal(2, refusedTwice.Server.Count);

        await using var strict = new SseClientHarness(new ScriptedHandler(refused), new SseClientOptions { Strict = true });
        await strict.FailAsync();
        Assert.Equal(1, strict.Server.Count);
    }

    [Theory]
    [InlineData(null, 5)]
    [InlineData(3, 3)]
    public async Task Refused_request_is_not_made_once_more_past_the_bound_of_attempts(int? bound, int attempts)
    {
        ScriptedAnswer[] script = [.. Enumerable.Repeat(ScriptedAnswer.Status(503), attempts - 1), ScriptedAnswer.Status(401)];
        await using var harness = new SseClientHarness(
            new ScriptedHandler([.. script, ScriptedAnswer.Stream(Good)]), new SseClientOptions { MaxAttempts = bound });
        Assert.Equal(HttpStatusCode.Unauthorized, (await harness.FailAsync()).StatusCode);
        Assert.Equal(attempts, harness.Server.Count);
    }

    [Fact]
    public async Task Refused_request_is_made_once_more_after_each_stream()
    {
        ScriptedAnswer refused = ScriptedAnswer.Status(401);
        await using var harness = new SseClientHarness(
            new ScriptedHandler(refused, ScriptedAnswer.Stream(Good), refused, ScriptedAnswer.Stream(Good)));
        Assert.Equal(["a", "a"], await harness.ReadAsync());
    }

    [Theory]
    [InlineData(201)]
    [InlineData(202)]
    [InlineData(205)]
    [InlineData(210)]
    [InlineData(299)]
    [InlineData(300)]
    [InlineData(304)]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(407)]
    [InlineData(410)]
    [InlineData(418)]
    [InlineData(501)]
    [InlineData(505)]
    public async Task Every_other_status_is_a_failure_with_its_body(int status)
    {
        foreach (bool strict in (bool[])[false, true])
        {
            await using var harness = new SseClientHarness(
                new ScriptedHandler(ScriptedAnswer.Status(status, "a reason")), new SseClientOptions { Strict = strict });
            SseException failure = await harness.FailAsync();
            Assert.Equal(SseError.Status, failure.Error);
            Assert.Equal((HttpStatusCode)status, failure.StatusCode);
            Assert.Equal("a reason", failure.ResponseBody);
            Assert.Equal(SseClientHarness.Address, failure.Uri);
            Assert.Equal(1, harness.Server.Count);
        }
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task Connection_that_was_not_made_is_tried_again_for_every_method(string what)
    {
        ScriptedAnswer[] script = [ScriptedAnswer.Throws(Failure(what)), ScriptedAnswer.Stream(Good)];
        foreach (bool strict in (bool[])[false, true])
        {
            await using var post = new SseClientHarness(
                new ScriptedHandler(script), new SseClientOptions { Strict = strict }, _ => SseClientHarness.Post());
            if (what != "broken")
            {
                Assert.Equal(["a"], await post.ReadAsync());
            }
            else
            {
                Assert.Equal(SseError.Connection, (await post.FailAsync()).Error);
                Assert.Equal(1, post.Server.Count);
            }

            await using var get = new SseClientHarness(new ScriptedHandler(script), new SseClientOptions { Strict = strict });
            Assert.Equal(["a"], await get.ReadAsync());
        }
    }

    [Theory]
    [InlineData("connection", 5)]
    [InlineData("broken", 5)]
    [InlineData("name", 2)]
    [InlineData("certificate", 2)]
    public async Task First_wait_does_not_try_for_ever(string what, int attempts)
    {
        ScriptedAnswer broken = ScriptedAnswer.Throws(Failure(what));
        await using var harness = new SseClientHarness(new ScriptedHandler(broken) { Repeats = true });
        Assert.Equal(SseError.Connection, (await harness.FailAsync()).Error);
        Assert.Equal(attempts, harness.Server.Count);
    }

    [Fact]
    public async Task Busy_server_is_asked_five_times_at_first()
    {
        await using var harness = new SseClientHarness(new ScriptedHandler(ScriptedAnswer.Status(503)) { Repeats = true });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await harness.FailAsync()).StatusCode);
        Assert.Equal(5, harness.Server.Count);
    }

    [Fact]
    public async Task Once_opened_there_is_no_bound()
    {
        ScriptedAnswer broken = ScriptedAnswer.Throws(Failure("name"));
        ScriptedAnswer[] script =
            [ScriptedAnswer.Stream(Good), .. Enumerable.Repeat(broken, 50), ScriptedAnswer.Stream("data: b\n\n")];
        await using var harness = new SseClientHarness(new ScriptedHandler(script));
        Assert.Equal(["a", "b"], await harness.ReadAsync());
        Assert.Equal(53, harness.Server.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    public async Task Chosen_bound_counts_failures_in_a_row(int most)
    {
        var options = new SseClientOptions { MaxAttempts = most };
        ScriptedAnswer broken = ScriptedAnswer.Throws(Failure("connection"));
        await using var harness = new SseClientHarness(new ScriptedHandler(broken) { Repeats = true }, options);
        await harness.FailAsync();
        Assert.Equal(most, harness.Server.Count);

        ScriptedAnswer[] almost = [.. Enumerable.Repeat(broken, most - 1), ScriptedAnswer.Cut(Good)];
        await using var again = new SseClientHarness(
            new ScriptedHandler([.. almost, .. almost, .. Enumerable.Repeat(broken, most)]), options);
        await again.FailAsync();
        Assert.Equal(3 * most, again.Server.Count);
    }

    [Fact]
    public async Task Late_headers_are_tried_again_where_the_request_may_be_sent_again()
    {
        ScriptedAnswer[] script = [ScriptedAnswer.Nothing(), ScriptedAnswer.Stream(Good)];
        await using var get = new SseClientHarness(new ScriptedHandler(script));
        Task<string[]> reading = get.ReadAsync();
        await get.Time.PassAsync(TimeSpan.FromSeconds(100));
        Assert.Equal(["a"], await reading);
        Assert.Equal(SseError.Timeout, get.Attempts[1].Failure?.Error);

        await using var strict = new SseClientHarness(new ScriptedHandler(script), new SseClientOptions { Strict = true });
        Task<SseException> failing = strict.FailAsync();
        await strict.Time.PassAsync(TimeSpan.FromSeconds(100));
        Assert.Equal(SseError.Timeout, (await failing).Error);
    }

    [Fact]
    public async Task Headers_of_a_request_that_may_not_be_sent_again_have_no_end_unless_one_is_chosen()
    {
        var asked = new TaskCompletionSource();
        await using var endless = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Nothing(asked)), create: _ => SseClientHarness.Post());
        Task<string[]> reading = endless.ReadAsync();
        await asked.Task;
        Assert.Equal(0, endless.Time.LiveTimers);
        endless.Client.Close();
        Assert.Empty(await reading);

        await using var chosen = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Nothing()),
            new SseClientOptions { ResponseTimeout = TimeSpan.FromSeconds(7) },
            _ => SseClientHarness.Post());
        Task<SseException> failing = chosen.FailAsync();
        await chosen.Time.PassAsync(TimeSpan.FromSeconds(7));
        Assert.Equal(SseError.Timeout, (await failing).Error);
    }

    internal static Exception Failure(string what) => what switch
    {
        "connection" => new HttpRequestException(
            HttpRequestError.ConnectionError, "refused", new SocketException((int)SocketError.ConnectionRefused)),
        "name" => new HttpRequestException(
            HttpRequestError.NameResolutionError, "no such name", new SocketException((int)SocketError.HostNotFound)),
        "certificate" => new HttpRequestException(
            HttpRequestError.SecureConnectionError, "untrusted", new AuthenticationException("UntrustedRoot")),
        _ => new HttpRequestException(HttpRequestError.ResponseEnded, "ended"),
    };
}
