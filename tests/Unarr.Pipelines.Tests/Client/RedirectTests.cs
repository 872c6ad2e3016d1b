using System.Net;
using System.Net.Http.Headers;
using Unarr.Pipelines.Sse;
using Xunit;

namespace Unarr.Pipelines.Tests.Client;

public class RedirectTests
{
    private static readonly ScriptedAnswer Good = ScriptedAnswer.Stream("data: a\n\n");

    private static ScriptedAnswer To(int status, string location) => ScriptedAnswer.Status(status, "", ("Location", location));

    [Theory]
    [InlineData(301, "GET", "")]
    [InlineData(302, "GET", "")]
    [InlineData(303, "GET", "")]
    [InlineData(307, "POST", "question")]
    [InlineData(308, "POST", "question")]
    public async Task Redirect_of_a_post_keeps_what_its_status_says(int status, string method, string body)
    {
        await using var harness = new SseClientHarness(
            new ScriptedHandler(To(status, "/other?x=1"), Good),
            new SseClientOptions { CloseAtEnd = true },
            _ =>
            {
                HttpRequestMessage request = SseClientHarness.Post();
                request.Headers.Add("X-Own", "1");
                return request;
            });
        Assert.Equal(["a"], await harness.ReadAsync());
        Assert.Equal("http://host/other?x=1", harness.Server[1].Uri);
        Assert.Equal(method, harness.Server[1].Method);
        Assert.Equal(body, harness.Server[1].Body);
        Assert.Equal("1", harness.Server[1].Header("X-Own"));
        Assert.Equal("text/event-stream", harness.Server[1].Header("Accept"));
        Assert.Empty(harness.Delays);
        Assert.Equal([1, 1], harness.Attempts.Take(2).Select(attempt => attempt.Number));
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("REPORT")]
    public async Task Request_that_became_a_get_stays_one(string method)
    {
        await using var harness = new SseClientHarness(
            new ScriptedHandler(To(303, "/one"), To(307, "/two"), Good),
            new SseClientOptions { CloseAtEnd = true },
            _ => new HttpRequestMessage(new HttpMethod(method), SseClientHarness.Address) { Content = new StringContent("question") });
        Assert.Equal(["a"], await harness.ReadAsync());
        Assert.Equal([(method, "question"), ("GET", ""), ("GET", "")],
            Enumerable.Range(0, 3).Select(request => (harness.Server[request].Method, harness.Server[request].Body)));
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task Redirect_of_a_get_is_followed_and_asked_anew_at_the_next_attempt(int status)
    {
        foreach (bool strict in (bool[])[false, true])
        {
            await using var harness = new SseClientHarness(
                new ScriptedHandler(To(status, "moved"), ScriptedAnswer.Stream("id: 7\ndata: a\n\n"), To(status, "moved"), Good),
                new SseClientOptions { Strict = strict });
            Assert.Equal(["a", "a"], await harness.ReadAsync());
            Assert.Equal("http://host/moved", harness.Server[1].Uri);
            Assert.Equal("http://host/events", harness.Server[2].Uri);
            Assert.Equal("7", harness.Server[3].Header("Last-Event-ID"));
        }
    }

    [Theory]
    [InlineData("http://other/events")]
    [InlineData("https://host/events")]
    [InlineData("http://host:8080/events")]
    [InlineData("//evil/events")]
    public async Task Redirect_to_another_origin_is_a_failure_and_nothing_goes_there(string location)
    {
        await using var harness = new SseClientHarness(new ScriptedHandler(To(307, location), Good), create: _ => SseClientHarness.Post());
        SseException failure = await harness.FailAsync();
        Assert.Equal(SseError.Redirect, failure.Error);
        Assert.Equal(HttpStatusCode.TemporaryRedirect, failure.StatusCode);
        Assert.Equal(1, harness.Server.Count);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(307)]
    public async Task Strict_follows_to_another_origin_with_a_bare_get(int status)
    {
        await using var harness = new SseClientHarness(
            new ScriptedHandler(To(status, "http://other/a"), To(status, "http://host/b"), Good),
            new SseClientOptions { Strict = true },
            _ =>
            {
                HttpRequestMessage request = SseClientHarness.Post();
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "secret");
                request.Headers.Add("X-Api-Key", "secret");
                return request;
            });
        Assert.Equal(["a"], await harness.ReadAsync());
        for (int hop = 1; hop <= 2; hop++)
        {
            Assert.Equal(("GET", ""), (harness.Server[hop].Method, harness.Server[hop].Body));
            Assert.Equal(["Accept", "Accept-Encoding", "Cache-Control"], harness.Server[hop].Headers.Keys.Order());
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("ftp://host/")]
    public async Task Redirect_without_an_address_is_a_failure(string? location)
    {
        foreach (bool strict in (bool[])[false, true])
        {
            (string, string)[] headers = location is null ? [] : [("Location", location)];
            await using var harness = new SseClientHarness(
                new ScriptedHandler(ScriptedAnswer.Status(302, "", headers), Good), new SseClientOptions { Strict = strict });
            Assert.Equal(SseError.Redirect, (await harness.FailAsync()).Error);
            Assert.Equal(1, harness.Server.Count);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public async Task Redirects_are_followed_so_often_and_no_more(int most)
    {
        var options = new SseClientOptions { MaxRedirects = most };
        ScriptedAnswer[] hops = [.. Enumerable.Repeat(To(307, "/events"), most)];
        await using var enough = new SseClientHarness(new ScriptedHandler([.. hops, Good]), options);
        Assert.Equal(["a"], await enough.ReadAsync());

        await using var loop = new SseClientHarness(new ScriptedHandler(To(307, "/events")) { Repeats = true }, options);
        Assert.Equal(SseError.Redirect, (await loop.FailAsync()).Error);
        Assert.Equal(most + 1, loop.Server.Count);
    }

    [Fact]
    public async Task Redirect_for_which_no_request_is_made_is_a_failure()
    {
        int calls = 0;
        await using var harness = new SseClientHarness(
            new ScriptedHandler(To(307, "/b"), Good), create: _ => calls++ == 0 ? SseClientHarness.Post() : null);
        Assert.Equal(SseError.Redirect, (await harness.FailAsync()).Error);
    }
}
