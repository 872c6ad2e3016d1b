using System.Net;
using Unarr.Agents.Downlink.ControlPlane;
using Xunit;

namespace Unarr.Pipelines.Tests.Http;

/// <summary>"A long-poll that was held for 5 s or more and then cut is an answer": the mirror works.</summary>
public sealed class HeldPollTests
{
    private static readonly TimeSpan Held = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(HttpStatusCode.RequestTimeout)]
    [InlineData(HttpStatusCode.GatewayTimeout)]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.BadGateway)]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    [InlineData((HttpStatusCode)524)]
    [InlineData(null)]
    public async Task Held_poll_that_is_cut_is_reported_without_another_mirror(HttpStatusCode? status)
    {
        using var harness = new ClientHarness("https://a.example", "https://dead.example");
        Task exchange = harness.BeginAsync("wake");
        ScriptedRequest request = await harness.Server.WakeAsync();
        harness.Time.Advance(Held);
        Cut(request, status);

        ControlPlaneException failure = await harness.FailureOf(exchange);

        Assert.True(failure.WasHeld);
        Assert.Single(harness.Server.Requests);
        Assert.Equal("a.example", harness.Mirrors.Current.Host);
    }

    [Theory]
    [InlineData(HttpStatusCode.GatewayTimeout)]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    [InlineData(null)]
    public async Task Poll_that_is_cut_before_moves_on(HttpStatusCode? status)
    {
        using var harness = new ClientHarness("https://a.example", "https://b.example");
        Task exchange = harness.BeginAsync("wake");
        ScriptedRequest request = await harness.Server.WakeAsync();
        harness.Time.Advance(Held - TimeSpan.FromTicks(1));
        Cut(request, status);
        if (status is null)
        {
            // "Sent once more at once to the same mirror."
            Cut(await harness.Server.WakeAsync(), status);
        }

        (await harness.Server.WakeAsync()).Json("""{"wake":false}""");
        await Signal.Of(exchange, "the answer");

        Assert.Equal("b.example", harness.Mirrors.Current.Host);
    }

    [Fact]
    public async Task Held_time_is_counted_on_each_mirror_alone()
    {
        using var harness = new ClientHarness("https://dead.example", "https://b.example");
        Task exchange = harness.BeginAsync("wake");
        ScriptedRequest dead = await harness.Server.WakeAsync();
        harness.Time.Advance(TimeSpan.FromSeconds(10));
        dead.Fail(new HttpRequestException(HttpRequestError.ConnectionError));
        Cut(await harness.Server.WakeAsync(), null);
        Cut(await harness.Server.WakeAsync(), null);

        Assert.False((await harness.FailureOf(exchange)).WasHeld);
    }

    [Fact]
    public async Task Held_poll_whose_server_asks_for_time_moves_on()
    {
        using var harness = new ClientHarness("https://a.example", "https://b.example");
        Task exchange = harness.BeginAsync("wake");
        ScriptedRequest request = await harness.Server.WakeAsync();
        harness.Time.Advance(Held);
        request.Answer(HttpStatusCode.ServiceUnavailable, "", "text/plain", ("Retry-After", "9"));
        (await harness.Server.WakeAsync()).Json("""{"wake":false}""");
        await Signal.Of(exchange, "the answer");

        Assert.Equal("b.example", harness.Mirrors.Current.Host);
    }

    private static void Cut(ScriptedRequest request, HttpStatusCode? status)
    {
        if (status is { } given)
        {
            request.Answer(given);
        }
        else
        {
            request.Fail(new HttpRequestException(HttpRequestError.ResponseEnded));
        }
    }
}
