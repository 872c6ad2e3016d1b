using System.Net;
using Unarr.Agents.Downlink.ControlPlane;
using Xunit;

namespace Unarr.Pipelines.Tests.Http;

/// <summary>"Retry-After, waited for": each mirror is left alone for the time that it asked for, and no other one is.</summary>
public sealed class RetryAfterTests
{
    [Fact]
    public async Task When_every_mirror_asks_for_time_the_shortest_is_told()
    {
        using ClientHarness harness = Two();
        ControlPlaneException failure = await BothBusyAsync(harness, "300", "10");

        Assert.Equal(TimeSpan.FromSeconds(10), failure.RetryAfter);
    }

    [Fact]
    public async Task When_one_mirror_asks_for_no_time_none_is_told()
    {
        using ClientHarness harness = Two();
        ControlPlaneException failure = await BothBusyAsync(harness, "300", null);

        Assert.Null(failure.RetryAfter);
    }

    [Fact]
    public async Task Mirror_that_asked_for_time_is_left_out_until_it_is_over()
    {
        using ClientHarness harness = Two();
        await BothBusyAsync(harness, "60", null);

        harness.Time.Advance(TimeSpan.FromSeconds(59));
        await AnsweredByAsync(harness, "b.example");
        harness.Mirrors.Rotate(new Uri("https://b.example"));
        Assert.Equal("a.example", harness.Mirrors.Current.Host);
        await AnsweredByAsync(harness, "b.example");
        harness.Mirrors.Rotate(new Uri("https://b.example"));
        harness.Time.Advance(TimeSpan.FromSeconds(1));
        await AnsweredByAsync(harness, "a.example");
    }

    [Fact]
    public async Task When_all_asked_for_time_all_are_tried_for_what_need_not_wait()
    {
        using ClientHarness harness = Two();
        await BothBusyAsync(harness, "60", "60");

        await AnsweredByAsync(harness, "a.example");
    }

    private static ClientHarness Two() => new("https://a.example", "https://b.example");

    private static async Task<ControlPlaneException> BothBusyAsync(ClientHarness harness, params string?[] seconds)
    {
        Task exchange = harness.BeginAsync("sync");
        foreach (string? asked in seconds)
        {
            (string, string)[] headers = asked is null ? [] : [("Retry-After", asked)];
            (await harness.Server.SyncAsync()).Answer(HttpStatusCode.ServiceUnavailable, "", "text/plain", headers);
        }

        return await harness.FailureOf(exchange);
    }

    private static async Task AnsweredByAsync(ClientHarness harness, string host)
    {
        Task exchange = harness.BeginAsync("sync");
        ScriptedRequest request = await harness.Server.SyncAsync();
        Assert.Equal(host, request.Host);
        request.Json("{}");
        await Signal.Of(exchange, "the sync");
    }
}
