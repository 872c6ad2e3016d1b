using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Unarr.Pipelines.Sse;
using Xunit;

namespace Unarr.Pipelines.Tests.Client;

/// <summary>Which silence is too long.</summary>
public class SilenceTests
{
    private static readonly ScriptedAnswer Next = ScriptedAnswer.Stream("data: next\n\n");

    private static async Task<SseClientHarness> OpenAsync(
        Pipe pipe, SseClientOptions? options = null, Func<SseAttempt, HttpRequestMessage?>? create = null)
    {
        var harness = new SseClientHarness(new ScriptedHandler(ScriptedAnswer.Open(pipe), Next), options, create);
        await pipe.Writer.WriteAsync("data: first\n\n"u8.ToArray());
        Assert.Equal("first", await harness.NextAsync());
        Assert.False(harness.Client.TryRead(out _));
        return harness;
    }

    /// <summary>Reads frames, each of which comes after a gap.</summary>
    private static async Task HearAsync(SseClientHarness harness, Pipe pipe, params (double Gap, string Text)[] frames)
    {
        foreach ((double gap, string text) in frames)
        {
            harness.Time.Advance(TimeSpan.FromSeconds(gap));
            await pipe.Writer.WriteAsync(Encoding.ASCII.GetBytes(text));
            Assert.True(await Http.Signal.Of(harness.Client.WaitToReadAsync().AsTask(), text));
            while (harness.Client.TryRead(out _))
            {
            }
        }
    }

    [Theory]
    [InlineData(300, "")]
    [InlineData(30, "10 10 10")]
    [InlineData(50, "20 20 20")]
    [InlineData(300, "20 20")]
    [InlineData(300, "20 20 70")]
    [InlineData(300, "1 120 120")]
    [InlineData(62.5, "1 15 25")]
    public async Task Silence_is_learnt_from_three_regular_comments(double tooLong, string gaps)
    {
        var pipe = new Pipe();
        await using SseClientHarness harness = await OpenAsync(pipe);
        string[] each = gaps.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        await HearAsync(harness, pipe, [.. each.Select(gap => (double.Parse(gap, CultureInfo.InvariantCulture), ": hb\n\n"))]);
        Task<bool> waiting = harness.Client.WaitToReadAsync().AsTask();
        harness.Time.Advance(TimeSpan.FromSeconds(tooLong - 0.1));
        await pipe.Writer.WriteAsync("x"u8.ToArray());
        Assert.True(await waiting);
        Assert.False(harness.Client.TryRead(out _));
        Assert.Null(harness.Client.LastFailure);

        Task<string> next = harness.NextAsync();
        harness.Time.Advance(TimeSpan.FromSeconds(tooLong));
        Assert.Equal("next", await next);
        Assert.Equal(SseError.Timeout, harness.Client.LastFailure?.Error);
        Assert.Equal(2, harness.Server.Count);
    }

    [Fact]
    public async Task Events_teach_nothing()
    {
        var pipe = new Pipe();
        await using SseClientHarness harness = await OpenAsync(pipe);
        await HearAsync(harness, pipe, [.. Enumerable.Repeat((10.0, "data: a\n\n"), 5)]);
        await HearAsync(harness, pipe, [.. Enumerable.Repeat((10.0, "data: a\n\n: x\n\n"), 5)]);
        Task<string> next = harness.NextAsync();
        harness.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("next", await next);
    }

    [Fact]
    public async Task Any_byte_is_a_sign_of_life()
    {
        var pipe = new Pipe();
        await using SseClientHarness harness = await OpenAsync(pipe);
        for (int piece = 0; piece < 3; piece++)
        {
            Task<bool> waiting = harness.Client.WaitToReadAsync().AsTask();
            harness.Time.Advance(TimeSpan.FromMinutes(4));
            await pipe.Writer.WriteAsync("d"u8.ToArray());
            Assert.True(await waiting);
            Assert.False(harness.Client.TryRead(out _));
        }

        await pipe.Writer.WriteAsync("\ndata: b\n\n"u8.ToArray());
        Assert.Equal("b", await harness.NextAsync());
        Assert.Equal(1, harness.Server.Count);
    }

    [Fact]
    public async Task Slow_caller_is_not_silence()
    {
        var pipe = new Pipe();
        await using SseClientHarness harness = await OpenAsync(pipe);
        harness.Time.Advance(TimeSpan.FromHours(1));
        await pipe.Writer.WriteAsync("data: b\n\n"u8.ToArray());
        Assert.Equal("b", await harness.NextAsync());
        Task<string> next = harness.NextAsync();
        harness.Time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(1, harness.Server.Count);
        await pipe.Writer.WriteAsync("data: c\n\n"u8.ToArray());
        Assert.Equal("c", await next);
    }

    [Theory]
    [InlineData("POST", false, false)]
    [InlineData("GET", true, false)]
    [InlineData("POST", false, true)]
    [InlineData("GET", true, true)]
    public async Task Silence_is_off_where_a_request_may_not_be_sent_again_and_in_strict_unless_chosen(
        string method, bool strict, bool isChosen)
    {
        var pipe = new Pipe();
        TimeSpan chosen = TimeSpan.FromSeconds(7);
        await using SseClientHarness harness = await OpenAsync(
            pipe,
            new SseClientOptions { Strict = strict, IdleTimeout = isChosen ? chosen : null },
            _ => new HttpRequestMessage(new HttpMethod(method), SseClientHarness.Address));
        Task<string> next = harness.NextAsync();
        if (!isChosen)
        {
            harness.Time.Advance(TimeSpan.FromDays(2));
            await pipe.Writer.WriteAsync("data: b\n\n"u8.ToArray());
            Assert.Equal("b", await next);
            Assert.Equal(1, harness.Server.Count);
        }
        else
        {
            harness.Time.Advance(chosen);
            if (method == "GET")
            {
                Assert.Equal("next", await next);
            }
            else
            {
                Assert.Equal(SseError.Timeout, (await Assert.ThrowsAsync<SseException>(() => next)).Error);
            }
        }
    }

    [Fact]
    public async Task Infinite_idle_timeout_is_off()
    {
        var pipe = new Pipe();
        await using SseClientHarness harness = await OpenAsync(
            pipe, new SseClientOptions { IdleTimeout = Timeout.InfiniteTimeSpan, ResponseTimeout = Timeout.InfiniteTimeSpan });
        Task<string> next = harness.NextAsync();
        Assert.Equal(0, harness.Time.LiveTimers);
        await pipe.Writer.WriteAsync("data: b\n\n"u8.ToArray());
        Assert.Equal("b", await next);
    }

    [Fact]
    public async Task Marker_without_its_blank_line_counts_when_silence_follows()
    {
        var pipe = new Pipe();
        await using SseClientHarness harness = await OpenAsync(pipe, new SseClientOptions { EndMarker = "[DONE]" });
        await pipe.Writer.WriteAsync("data: [DONE]\n"u8.ToArray());
        Task<string> next = harness.NextAsync();
        harness.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("", await next);
        Assert.Equal(SseEndReason.Marker, harness.Client.EndReason);
    }
}
