using System.IO.Pipelines;
using System.Text;
using Unarr.Pipelines.Sse;
using Xunit;

namespace Unarr.Pipelines.Tests.Client;

public class EndMarkerTests
{
    private static readonly SseClientOptions Done = new() { EndMarker = "[DONE]" };
    private static readonly SseClientOptions Stop = new() { EndEventType = "message_stop" };

    [Theory]
    [InlineData("data: a\n\ndata: [DONE]\n\n")]
    [InlineData("data: a\n\ndata: [DONE]\n\ndata: after\n\n")]
    [InlineData("data: a\n\ndata: [DONE] \t \n\n")]
    [InlineData("data: a\n\ndata:[DONE]\r\n\r\n")]
    [InlineData("data: a\n\ndata: [DONE]\n")]
    [InlineData("data: a\n\ndata: [DONE]")]
    [InlineData("data: a\n\ndata: [DONE] ")]
    [InlineData("data: a\n\ndata: [DONE]\r")]
    [InlineData("data: a\n\nevent: x\ndata: [DONE]\nid: 4")]
    public async Task Marker_ends_the_stream_and_is_not_returned(string text)
    {
        foreach (bool isCut in (bool[])[false, true])
        {
            foreach (HttpMethod method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Post])
            {
                await using var harness = new SseClientHarness(
                    new ScriptedHandler(isCut ? ScriptedAnswer.Cut(text) : ScriptedAnswer.Stream(text)),
                    Done,
                    _ => new HttpRequestMessage(method, SseClientHarness.Address));
                Assert.Equal(["a"], await harness.ReadAsync());
                Assert.Equal(SseEndReason.Marker, harness.Client.EndReason);
                Assert.Equal(SseClientState.Closed, harness.Client.State);
                Assert.Equal(1, harness.Server.Count);
            }
        }
    }

    [Fact]
    public async Task Marker_ends_a_stream_that_stays_open()
    {
        var pipe = new Pipe();
        await using var harness = new SseClientHarness(new ScriptedHandler(ScriptedAnswer.Open(pipe)), Done);
        Task<string[]> reading = harness.ReadAsync();
        await pipe.Writer.WriteAsync("data: a\n\ndata: [DONE]\n\n"u8.ToArray());
        Assert.Equal(["a"], await Http.Signal.Of(reading, "the end"));
        Assert.Equal(SseEndReason.Marker, harness.Client.EndReason);
    }

    [Theory]
    [InlineData("data: a\n\n")]
    [InlineData("data: a\n\ndata: [DON")]
    [InlineData("data: a\n\ndata: x\ndata: [DONE]")]
    [InlineData("data: a\n\n: [DONE]\n\n")]
    [InlineData("data: a\n\ndata [DONE]")]
    public async Task End_without_the_marker_is_a_failure(string text)
    {
        await using var post = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Stream(text)), Done, _ => SseClientHarness.Post());
        Assert.Equal(SseError.Interrupted, (await post.FailAsync()).Error);
        Assert.Equal(1, post.Server.Count);

        await using var get = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Stream(text), ScriptedAnswer.Stream("data: b\n\ndata: [DONE]\n\n")), Done);
        Assert.Equal(["a", "b"], await get.ReadAsync());
        Assert.Equal(SseError.Interrupted, get.Client.LastFailure?.Error);
    }

    [Theory]
    [InlineData("event: message_stop\ndata: {}\n\n", true)]
    [InlineData("event: message_stop\ndata: {}\n\ndata: after\n\n", true)]
    [InlineData("event: message_stop\ndata: {}\n", false)]
    [InlineData("event: message_stop", false)]
    public async Task Event_of_the_type_is_the_last_one(string text, bool isWhole)
    {
        await using var harness = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Stream("data: a\n\n" + text)), Stop, _ => SseClientHarness.Post());
        Assert.Equal(isWhole ? ["a", "{}"] : ["a"], await harness.ReadAsync());
        Assert.Equal(SseEndReason.Marker, harness.Client.EndReason);
    }

    [Fact]
    public async Task Marker_is_found_however_the_bytes_are_cut()
    {
        const string Text = "data: a\n\ndata: [DONE]\n\ndata: after\n\n";
        for (int cut = 1; cut < Text.Length; cut++)
        {
            var pipe = new Pipe();
            await using var harness = new SseClientHarness(new ScriptedHandler(ScriptedAnswer.Open(pipe)), Done);
            Task<string[]> reading = harness.ReadAsync();
            await pipe.Writer.WriteAsync(Encoding.ASCII.GetBytes(Text[..cut]));
            await pipe.Writer.WriteAsync(Encoding.ASCII.GetBytes(Text[cut..]));
            Assert.Equal(["a"], await Http.Signal.Of(reading, $"the end, cut at {cut}"));
        }
    }

    [Fact]
    public async Task Id_before_the_marker_is_the_last_event_id()
    {
        await using var harness = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Stream("id: 1\ndata: a\n\nid: 2\ndata: b\n\ndata: [DONE]\n\n")), Done);
        await harness.ReadAsync();
        Assert.Equal("2", harness.Client.LastEventId);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/problem+json; charset=utf-8")]
    public async Task Json_body_is_one_event_where_it_is_accepted(string type)
    {
        const string Json = "\uFEFF{\r\n  \"a\": 1\n}\n";
        await using var harness = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Stream(Json, type)), new SseClientOptions { AcceptJson = true, EndMarker = "[DONE]" });
        string data = Assert.Single(await harness.ReadAsync());
        Assert.Equal(1, System.Text.Json.JsonDocument.Parse(data).RootElement.GetProperty("a").GetInt32());
        Assert.Equal(SseEndReason.EndOfStream, harness.Client.EndReason);
        Assert.Equal(1, harness.Server.Count);
    }

    [Fact]
    public async Task Json_body_may_be_as_long_as_an_event_and_no_longer()
    {
        var options = new SseClientOptions { AcceptJson = true, MaxLineBytes = 16, MaxEventBytes = 100 };
        string fits = $"\"{new string('x', 98)}\"";
        await using var harness = new SseClientHarness(new ScriptedHandler(ScriptedAnswer.Stream(fits, "application/json")), options);
        Assert.Equal([fits], await harness.ReadAsync());

        await using var longer = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Stream(fits + " x", "application/json")), options);
        SseException failure = await longer.FailAsync();
        Assert.Equal((SseError.EventTooLarge, 100), (failure.Error, failure.Limit));
    }

    [Theory]
    [InlineData(SseError.LineTooLong, ": 12345678901234567890\n\n")]
    [InlineData(SseError.EventTooLarge, "data: 1234567890\ndata: 1234567890\n\n")]
    public async Task Passed_bound_is_a_failure_after_what_came_before(SseError error, string text)
    {
        await using var harness = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Stream("data: a\n\n" + text)) { Repeats = true },
            new SseClientOptions { MaxLineBytes = 18, MaxEventBytes = 16 });
        Assert.Equal("a", await harness.NextAsync());
        SseException failure = await Assert.ThrowsAsync<SseException>(harness.NextAsync);
        Assert.Equal(error, failure.Error);
        Assert.Equal(9 + (error == SseError.EventTooLarge ? 17 : 0), failure.Offset);
        Assert.Equal(SseClientHarness.Address, failure.Uri);
        Assert.Same(failure, await Assert.ThrowsAsync<SseException>(async () => await harness.Client.WaitToReadAsync()));
        Assert.Equal(SseClientState.Closed, harness.Client.State);
        Assert.Equal(1, harness.Server.Count);
    }
}
