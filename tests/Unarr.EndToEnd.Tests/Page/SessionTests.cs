using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Unarr.Agents.Hub.Keys;
using Unarr.ControlPlane.Operator;
using Unarr.EndToEnd.Tests.ControlPlane;

namespace Unarr.EndToEnd.Tests.Page;

public sealed class SessionTests
{
    private const string Json = "application/json";
    private const string Push = "/api/operator/agents/a1/controls";
    private const string List = "/api/operator/agents";

    [Fact]
    public async Task Cookie_is_out_of_reach_of_scripts_and_of_other_sites_and_is_not_the_key()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        using OperatorSession session = new(plane);
        string cookie = await session.SignInAsync();

        string[] attributes = [.. cookie.Split(';').Skip(1).Select(attribute => attribute.Trim().ToLowerInvariant()).Order()];
        Assert.Equal(["httponly", "max-age=43200", "samesite=strict"], attributes);
        Assert.DoesNotContain(RunningControlPlane.OperatorKey, cookie, StringComparison.Ordinal);
        Assert.NotEqual(cookie, await session.SignInAsync());
    }

    [Fact]
    public async Task Cookie_lets_the_page_read_and_change()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        using OperatorSession session = new(plane);
        Assert.Equal(401, await session.StatusAsync(HttpMethod.Get, List, null));
        Assert.Equal(401, await session.StatusAsync(HttpMethod.Post, Push, Json, ("Origin", session.Origin)));
        await session.SignInAsync();
        Assert.Equal(200, await session.StatusAsync(HttpMethod.Get, List, null));
        Assert.Equal(202, await session.StatusAsync(HttpMethod.Post, Push, Json, ("Origin", session.Origin)));
        Assert.Equal(
            202, await session.StatusAsync(HttpMethod.Post, Push, "application/json; charset=utf-8", ("Sec-Fetch-Site", "same-origin")));
    }

    [Theory]
    [InlineData(403)]
    [InlineData(403, "Origin", "https://evil.example")]
    [InlineData(403, "Origin", "null")]
    [InlineData(403, "Origin", "http://127.0.0.1:1")]
    [InlineData(403, "Sec-Fetch-Site", "cross-site")]
    [InlineData(403, "Sec-Fetch-Site", "same-site")]
    [InlineData(403, "Sec-Fetch-Site", "none")]
    public async Task Change_that_is_not_the_page_s_own_is_refused_whatever_the_cookie(int status, string? header = null, string value = "")
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        using OperatorSession session = new(plane);
        await session.SignInAsync();
        (string, string)[] headers = header is null ? [] : [(header, value)];

        Assert.Equal(status, await session.StatusAsync(HttpMethod.Post, Push, Json, headers));
        Assert.Equal(status, await session.StatusAsync(HttpMethod.Post, "/api/operator/agents/a1/sync", Json, headers));
        Assert.Equal(status, await session.StatusAsync(HttpMethod.Put, "/api/operator/agents/a1/watching", Json, headers));
        Assert.Equal(status, await session.StatusAsync(HttpMethod.Post, OperatorSession.Path, Json, headers));
        Assert.Equal(status, await session.StatusAsync(HttpMethod.Delete, OperatorSession.Path, Json, headers));
        Assert.Equal(0, (await plane.Host.ShowAsync("a1")).Agent.Pending);
        Assert.Equal(200, await session.StatusAsync(HttpMethod.Get, List, null));
    }

    [Theory]
    [InlineData("cross-site")]
    [InlineData("same-site")]
    public async Task Another_site_cannot_make_the_browser_read_either(string site)
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        using OperatorSession session = new(plane);
        await session.SignInAsync();
        Assert.Equal(403, await session.StatusAsync(HttpMethod.Get, List, null, ("Sec-Fetch-Site", site)));
        Assert.Equal(403, await session.StatusAsync(HttpMethod.Get, "/api/operator/stream", null, ("Sec-Fetch-Site", site)));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/jsonp")]
    public async Task Change_that_a_form_could_send_is_refused(string contentType)
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        using OperatorSession session = new(plane);
        await session.SignInAsync();
        Assert.Equal(415, await session.StatusAsync(HttpMethod.Post, Push, contentType, ("Origin", session.Origin)));
        Assert.Equal(0, (await plane.Host.ShowAsync("a1")).Agent.Pending);
    }

    [Fact]
    public async Task Key_in_a_header_needs_no_origin_and_counts_before_the_cookie()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        using OperatorSession session = new(plane);
        await session.SignInAsync();
        Assert.Equal(202,
            await session.StatusAsync(HttpMethod.Post, Push, "text/plain", ("Authorization", $"Bearer {RunningControlPlane.OperatorKey}")));
        Assert.Equal(401, await session.StatusAsync(HttpMethod.Get, List, null, ("Authorization", "Bearer wrong")));
    }

    [Fact]
    public async Task Session_ends_when_its_time_is_over()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        using OperatorSession session = new(plane);
        await session.SignInAsync();
        plane.Time.Advance(OperatorSessions.Lifetime - TimeSpan.FromSeconds(1));
        Assert.Equal(200, await session.StatusAsync(HttpMethod.Get, List, null));
        plane.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(401, await session.StatusAsync(HttpMethod.Get, List, null));
    }

    [Fact]
    public async Task Session_ends_when_it_is_signed_out_or_the_operator_s_key_is_replaced()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        using OperatorSession session = new(plane);
        using OperatorSession other = new(plane);
        await session.SignInAsync();
        await other.SignInAsync();
        Assert.Equal(204, await session.StatusAsync(HttpMethod.Delete, OperatorSession.Path, Json, ("Origin", session.Origin)));
        Assert.Equal(401, await session.StatusAsync(HttpMethod.Get, List, null));
        Assert.Equal(200, await other.StatusAsync(HttpMethod.Get, List, null));
        plane.Host.UseKeys(RunningControlPlane.Keys(1));
        Assert.Equal(200, await other.StatusAsync(HttpMethod.Get, List, null));
        plane.Host.UseKeys(new ApiKeys("another-operator-key", new Dictionary<string, string>()));
        Assert.Equal(401, await other.StatusAsync(HttpMethod.Get, List, null));
    }

    [Fact]
    public async Task Session_past_their_bound_ends_the_oldest()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        using OperatorSession oldest = new(plane);
        using OperatorSession newer = new(plane);
        await oldest.SignInAsync();
        plane.Time.Advance(TimeSpan.FromSeconds(1));
        for (int i = 0; i < OperatorSessions.MaxSessions; i++)
        {
            Assert.Equal(200, await oldest.StatusAsync(HttpMethod.Get, List, null));
            await newer.SignInAsync();
        }

        Assert.Equal(401, await oldest.StatusAsync(HttpMethod.Get, List, null));
        Assert.Equal(200, await newer.StatusAsync(HttpMethod.Get, List, null));
    }

    [Fact]
    public async Task Failed_sign_in_is_answered_late_and_logged_without_the_key()
    {
        ConcurrentQueue<string> lines = [];
        using LineLog log = new(lines.Enqueue);
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(configure: options => options with
        {
            TimeProvider = TimeProvider.System,
            Logging = logging => logging.AddProvider(log),
        });
        using OperatorSession session = new(plane);
        long asked = TimeProvider.System.GetTimestamp();

        using HttpResponseMessage response = await session.SignInAsync("almost-the-key");

        Assert.Equal(401, (int)response.StatusCode);
        Assert.False(response.Headers.Contains("Set-Cookie"));
        Assert.True(TimeProvider.System.GetElapsedTime(asked) >= TimeSpan.FromMilliseconds(240));
        Assert.Single(lines, line => line.StartsWith("A sign-in from 127.0.0.1 failed", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("almost-the-key", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Only_so_many_failed_sign_ins_wait_and_the_next_is_not_even_looked_at()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        using OperatorSession session = new(plane);

        // Time stands still: whichever found a place waits for ever, and the one that found none is answered at once.
        Task<HttpResponseMessage>[] guesses = [.. Enumerable.Range(0, SignInBrake.MaxAtOnce + 1).Select(_ => session.SignInAsync("wrong"))];
        HttpResponseMessage refused = await await Task.WhenAny(guesses);
        Assert.Equal(429, (int)refused.StatusCode);
        Assert.Equal(SignInBrake.LongestDelay, refused.Headers.RetryAfter!.Delta);
        Assert.Equal(SignInBrake.MaxAtOnce, guesses.Count(guess => !guess.IsCompleted));

        using HttpResponseMessage right = await session.SignInAsync(RunningControlPlane.OperatorKey);
        Assert.Equal(429, (int)right.StatusCode);

        await plane.Host.StopAsync();
        foreach (Task<HttpResponseMessage> guess in guesses)
        {
            (await guess).Dispose();
        }
    }

    [Fact]
    public async Task Session_and_brake_do_not_mind_that_the_wall_clock_is_set()
    {
        ShiftedTimeProvider? clock = null;
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(
            configure: options => options with { TimeProvider = clock = new ShiftedTimeProvider(options.TimeProvider) });
        using OperatorSession session = new(plane);
        await session.SignInAsync();
        clock!.Shift = TimeSpan.FromDays(2);
        Assert.Equal(200, await session.StatusAsync(HttpMethod.Get, List, null));
        clock.Shift = -TimeSpan.FromDays(9);
        plane.Time.Advance(OperatorSessions.Lifetime);
        Assert.Equal(401, await session.StatusAsync(HttpMethod.Get, List, null));

        using SignInBrake brake = new(clock);
        brake.Fail(IPAddress.Loopback);
        clock.Shift = TimeSpan.FromDays(2);
        Assert.Equal(2, brake.Fail(IPAddress.Loopback).Failures);
    }

    [Fact]
    public void Failures_are_slowed_up_to_a_bound_and_forgotten_after_a_pause()
    {
        FakeTimeProvider time = new();
        using SignInBrake brake = new(time);
        double[] delays = [.. Enumerable.Range(0, 8).Select(_ => brake.Fail(IPAddress.Loopback).Delay.TotalMilliseconds)];
        Assert.Equal([250, 500, 1000, 2000, 4000, 4000, 4000, 4000], delays);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((TimeSpan.FromMilliseconds(250), 1), brake.Fail(IPAddress.Loopback));
    }
}
