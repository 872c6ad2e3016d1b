using Unarr.Pipelines.Sse;
using Xunit;

namespace Unarr.Pipelines.Tests.Client;

/// <summary>How long a client waits between attempts.</summary>
public class DelayTests
{
    private static readonly ScriptedAnswer Broken = ScriptedAnswer.Throws(StatusTests.Failure("connection"));

    private static async Task<double[]> DelaysAsync(SseClientOptions options, double random, params ScriptedAnswer[] script)
    {
        await using var harness = new SseClientHarness(new ScriptedHandler(script), options, random: random);
        await harness.ReadAsync();
        return [.. harness.Delays.Select(delay => Math.Round(delay.TotalSeconds, 3))];
    }

    private static async Task AssertDelaysAsync(
        double[] expected, SseClientOptions options, double random, params ScriptedAnswer[] script) =>
        Assert.Equal(expected, await DelaysAsync(options, random, script));

    private static double[] Numbers(string text) =>
        [.. text.Split(' ').Select(number => double.Parse(number, System.Globalization.CultureInfo.InvariantCulture))];

    [Theory]
    [InlineData(0, "0.5 0.5")]
    [InlineData(1, "1 1")]
    public async Task Delay_after_an_event_is_between_half_and_all_of_the_base(double random, string delays) => Assert.Equal(
        Numbers(delays),
        await DelaysAsync(new(), random, ScriptedAnswer.Stream("data: a\n\n"), ScriptedAnswer.Cut("data: a\n\n")));

    [Theory]
    [InlineData(0, "1 1 2 4 8 15 15 15")]
    [InlineData(1, "1 2 4 8 16 30 30 30")]
    public async Task Delay_doubles_while_attempts_bring_no_event(double random, string delays) => Assert.Equal(
        Numbers(delays),
        await DelaysAsync(new() { MaxAttempts = 99 }, random, [.. Enumerable.Repeat(Broken, Numbers(delays).Length)]));

    /// <summary>No timer takes more.</summary>
    [Fact]
    public async Task Strict_wait_that_no_timer_takes_is_49_days() => await AssertDelaysAsync(
        [49 * 86_400], new() { Strict = true }, 1, ScriptedAnswer.Stream("retry: 99999999999999\ndata: a\n\n"));

    [Fact]
    public async Task Empty_streams_double_too() =>
        await AssertDelaysAsync([1, 2, 4], new(), 1, [.. Enumerable.Repeat(ScriptedAnswer.Stream(": hb\n\n"), 3)]);

    [Fact]
    public async Task Event_without_an_id_neither_doubles_nor_begins_anew() =>
        await AssertDelaysAsync([1, 2, 2, 4], new() { MaxAttempts = 9 }, 1, Broken, Broken, ScriptedAnswer.Stream("data: a\n\n"), Broken);

    [Fact]
    public async Task Event_with_a_new_id_begins_anew() =>
        await AssertDelaysAsync([1, 2, 1, 1, 2, 2],
            new() { MaxAttempts = 9 },
            1,
            Broken,
            Broken,
            ScriptedAnswer.Stream("id: 1\ndata: a\n\n"),
            Broken,
            Broken,
            ScriptedAnswer.Stream("id: 1\ndata: a\n\n"));

    [Theory]
    [InlineData(0, "10 10 10 20")]
    [InlineData(1, "11 11 20 40")]
    public async Task Told_time_is_a_least_with_a_tenth_on_top(double random, string delays) => Assert.Equal(
        Numbers(delays),
        await DelaysAsync(
            new() { MaxReconnectDelay = TimeSpan.FromSeconds(40) },
            random,
            ScriptedAnswer.Stream("retry: 10000\nid: 1\ndata: a\n\n"),
            Broken,
            Broken,
            Broken));

    [Fact]
    public async Task Told_time_is_bounded_by_five_minutes()
    {
        // Without another timer of five minutes.
        TimeSpan off = Timeout.InfiniteTimeSpan;
        await AssertDelaysAsync([300], new() { IdleTimeout = off }, 1, ScriptedAnswer.Stream("retry: 99999999999999\ndata: a\n\n"));
        await AssertDelaysAsync([400], new() { Strict = true, IdleTimeout = off }, 1, ScriptedAnswer.Stream("retry: 400000\ndata: a\n\n"));
    }

    [Theory]
    [InlineData("retry: 0\ndata: a\n\n", 0)]
    [InlineData("retry: 0\n\n", 1)]
    [InlineData("retry: 200\ndata: a\n\n", 0.2)]
    [InlineData("retry: 200\n\n", 1)]
    [InlineData("retry: bogus\ndata: a\n\n", 0.5)]
    [InlineData("retry:\ndata: a\n\n", 0.5)]
    [InlineData("retry: -1\ndata: a\n\n", 0.5)]
    [InlineData("retry: 3e3\ndata: a\n\n", 0.5)]
    public async Task Short_told_time_makes_no_hot_loop(string text, double delay) =>
        await AssertDelaysAsync([delay], new(), 0, ScriptedAnswer.Stream(text));

    [Fact]
    public async Task Told_zero_grows_while_attempts_bring_no_event() =>
        await AssertDelaysAsync([0, 1, 2, 4], new(), 1, ScriptedAnswer.Stream("retry: 0\ndata: a\n\n"), Broken, Broken, Broken);

    [Theory]
    [InlineData(429, "7", 7)]
    [InlineData(503, "120", 120)]
    [InlineData(500, "7", 7)]
    [InlineData(503, "9999", 300)]
    [InlineData(503, "Thu, 01 Jan 2026 00:00:20 GMT", 20)]
    [InlineData(503, "soon", 1)]
    [InlineData(503, "-5", 1)]
    public async Task Retry_after_is_a_least(int status, string field, double delay)
    {
        ScriptedAnswer answer = ScriptedAnswer.Status(status, "", ("Retry-After", field));
        await AssertDelaysAsync([delay], new(), 0, answer);
        double most = (await DelaysAsync(new(), 1, answer))[0];
        Assert.InRange(most, delay, delay * 1.1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Strict_waits_for_the_base_without_growth(double random)
    {
        ScriptedAnswer told = ScriptedAnswer.Stream("retry: 2000\n\n");
        await AssertDelaysAsync([1, 1, 1, 2, 2, 2], new() { Strict = true }, random, Broken, Broken, Broken, told, Broken, Broken);
    }

    [Fact]
    public async Task Chosen_base_and_bound_are_kept() =>
        await AssertDelaysAsync([3, 6, 7, 7],
            new() { ReconnectDelay = TimeSpan.FromSeconds(3), MaxReconnectDelay = TimeSpan.FromSeconds(7) },
            1,
            Broken,
            Broken,
            Broken,
            Broken);

    [Fact]
    public async Task Long_life_begins_anew()
    {
        var pipe = new System.IO.Pipelines.Pipe();
        await using var harness = new SseClientHarness(
            new ScriptedHandler(Broken, Broken, ScriptedAnswer.Open(pipe), Broken), random: 1);
        Task<string[]> reading = harness.ReadAsync();
        await harness.OpenedAsync();
        harness.Time.Advance(TimeSpan.FromSeconds(60));
        await pipe.Writer.CompleteAsync();
        Assert.Empty(await reading);
        Assert.Equal([1, 2, 1, 1], harness.Delays.Select(delay => delay.TotalSeconds));
    }

    [Fact]
    public async Task Reconnection_time_stays_over_connections()
    {
        await using var harness = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Stream("retry: 5000\ndata: a\n\n"), ScriptedAnswer.Stream("data: b\n\n")), random: 0);
        Assert.Null(harness.Client.ReconnectionInterval);
        await harness.ReadAsync();
        Assert.Equal(TimeSpan.FromSeconds(5), harness.Client.ReconnectionInterval);
        Assert.Equal([5, 5], harness.Delays.Select(delay => delay.TotalSeconds));
    }

    [Fact]
    public async Task Wait_for_the_next_attempt_is_visible()
    {
        await using var harness = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Status(503, "later", ("Retry-After", "60")), ScriptedAnswer.Stream("data: a\n\n")),
            random: 0,
            passes: false);
        Assert.Equal(SseClientState.Idle, harness.Client.State);
        Task<string> next = harness.NextAsync();
        await harness.Time.ArmedAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(SseClientState.Waiting, harness.Client.State);
        Assert.Equal(harness.Time.GetUtcNow() + TimeSpan.FromSeconds(60), harness.Client.NextAttemptAt);
        Assert.Equal("later", harness.Client.LastFailure?.ResponseBody);
        Assert.Equal(1, harness.Time.LiveTimers);
        harness.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal("a", await next);
        Assert.Equal(SseClientState.Open, harness.Client.State);
        Assert.Null(harness.Client.NextAttemptAt);
    }
}
