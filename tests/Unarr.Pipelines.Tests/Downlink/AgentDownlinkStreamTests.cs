using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Unarr.Agents.Downlink;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>The shell by the sequential rule: streams, polls and the way between them.</summary>
public sealed class AgentDownlinkStreamTests
{
    private static readonly TimeSpan Liveness = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan Reconnect = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Commands_reach_the_handler_in_order_with_their_source()
    {
        await using var harness = new DownlinkHarness();
        PipeWriter stream = await harness.StartLiveAsync();
        Assert.Equal(DownlinkRoutes.Stream, harness.Downlink.Status.Routes);
        Assert.Equal("a.example", harness.Downlink.Status.Server!.Host);
        await DownlinkHarness.SendAsync(stream, DownlinkHarness.Command("t1", "t2") + ": hb\n" + DownlinkHarness.Command("t3"));
        Assert.Equal(("t1", ControlRoute.Stream), await harness.Handler.ControlAsync());
        Assert.Equal(("t2", ControlRoute.Stream), await harness.Handler.ControlAsync());
        Assert.Equal(("t3", ControlRoute.Stream), await harness.Handler.ControlAsync());
    }

    [Theory]
    [InlineData("{not json")]
    [InlineData("{\"controls\":7}")]
    [InlineData("null")]
    [InlineData("sk-test-KEY-0123456789-abcdefghij")]
    [InlineData("{\"sk-test-KEY-0123456789-abcdefghij\":{\"sk-test-KEY-0123456789-abcdefghij\":sk}}")]
    [InlineData("{\"controls\":[{\"sk-test-KEY-0123456789-abcdefghij\":7,\"taskId\":7}]}")]
    public async Task A_payload_that_does_not_parse_is_logged_and_dropped_and_the_stream_goes_on(string payload)
    {
        await using var harness = new DownlinkHarness();
        PipeWriter stream = await harness.StartLiveAsync();
        await DownlinkHarness.SendAsync(stream, $"event: command\ndata: {payload}\n\n{DownlinkHarness.Command("after")}");
        Assert.Equal("after", (await harness.Handler.ControlAsync()).TaskId);
        Assert.Contains(harness.Logger.Lines, line => line.Contains("command event was dropped", StringComparison.Ordinal));
        Assert.Equal(DownlinkState.Live, harness.Downlink.Status.State);
    }

    [Fact]
    public async Task A_flood_of_payloads_that_do_not_parse_fills_no_log()
    {
        await using var harness = new DownlinkHarness();
        PipeWriter stream = await harness.StartLiveAsync();
        await SendDropsAsync();
        await SendDropsAsync();
        Assert.Equal(10, Lines());
        harness.Time.Advance(TimeSpan.FromSeconds(10));
        await SendDropsAsync();
        Assert.Equal(11, Lines());

        async Task SendDropsAsync()
        {
            await DownlinkHarness.SendAsync(
                stream, string.Concat(Enumerable.Repeat("event: command\ndata: {\n\n", 20)) + DownlinkHarness.Command("after"));
            await harness.Handler.ControlAsync();
        }

        int Lines() => harness.Logger.Lines.Count(line => line.Contains("command event was dropped", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_payload_is_read_as_the_protocol_defines_it()
    {
        await using var harness = new DownlinkHarness();
        PipeWriter stream = await harness.StartLiveAsync();
        await stream.WriteAsync((byte[])
        [
            .. "event: command\ndata: "u8, 0xEF, 0xBB, 0xBF, .. "{\"Controls\":[{\"TASKID\":\"\\ud800"u8, 0xFF, 0xC0,
            .. "\",\"taskId\":null}],\"controls\":null}\n\n"u8,
        ]);
        await DownlinkHarness.SendAsync(stream, DownlinkHarness.Command("after"));
        Assert.Equal("\uFFFD\uFFFD\uFFFD", (await harness.Handler.ControlAsync()).TaskId);
        Assert.Equal("after", (await harness.Handler.ControlAsync()).TaskId);
    }

    [Fact]
    public async Task A_status_is_one_line_in_the_log_and_not_another_when_its_mirror_is_found()
    {
        await using var harness = new DownlinkHarness();
        await harness.StartLiveAsync();
        string[] lines = [.. harness.Logger.Lines.Where(line => line.Contains("The downlink is ", StringComparison.Ordinal))];
        Assert.Equal(2, lines.Length);
        Assert.Contains("live", lines[1], StringComparison.Ordinal);
        Assert.Contains("a.example", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Comments_after_the_first_trigger_no_sync()
    {
        await using var harness = new DownlinkHarness();
        PipeWriter stream = await harness.StartLiveAsync();
        await DownlinkHarness.SendAsync(stream, ": hb\n: hb\n: connected hb=15000\n" + DownlinkHarness.Command("after"));
        await harness.Handler.ControlAsync();
        await DownlinkHarness.SendAsync(stream, ": hb\n" + DownlinkHarness.Command("later"));
        await harness.Handler.ControlAsync();
        Assert.False(harness.Server.HasPending("sync"));
    }

    [Fact]
    public async Task Unknown_events_are_ignored()
    {
        await using var harness = new DownlinkHarness();
        PipeWriter stream = await harness.StartLiveAsync();
        await DownlinkHarness.SendAsync(
            stream, $"event: newer\ndata: {{\"controls\":[{{}}]}}\n\ndata: x\n\nretry: 1\n\n{DownlinkHarness.Command("known")}");
        Assert.Equal("known", (await harness.Handler.ControlAsync()).TaskId);
        Assert.Equal(0, harness.Handler.PendingControls);
    }

    [Fact]
    public async Task A_mute_path_falls_back_after_124_seconds_and_the_stream_is_tried_again_after_the_window()
    {
        await using var harness = new DownlinkHarness();
        ScriptedRequest events = await harness.StartAsync();
        for (int attempt = 1; attempt <= 3; attempt++)
        {
            events.Stream();
            await harness.Time.PassAsync(Liveness);
            Assert.Equal(attempt, harness.Server.Requests.Count(
                request => request.Message.RequestUri!.AbsolutePath.EndsWith("/events", StringComparison.Ordinal)));
            if (attempt < 3)
            {
                await harness.Time.PassAsync(Reconnect);
                events = await harness.Server.EventsAsync();
            }
        }

        ScriptedRequest wake = await harness.Server.WakeAsync();
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 2, 4, TimeSpan.Zero), harness.Time.GetUtcNow());
        DownlinkStatus status = await harness.Handler.StatusAsync(DownlinkState.Polling);
        Assert.Equal(DownlinkRoutes.LongPoll, status.Routes);

        wake.Json("""{"wake":true}""");
        await harness.AnswerSyncAsync(SyncReason.Wake, """{"controls":[{"action":"pause","taskId":"woken"}]}""");
        Assert.Equal(("woken", ControlRoute.Sync), await harness.Handler.ControlAsync());

        wake = await harness.Server.WakeAsync();
        wake.Answer(HttpStatusCode.InternalServerError);
        await harness.Handler.StatusAsync(DownlinkState.Waiting);
        await harness.Time.PassAsync(Reconnect);
        wake = await harness.Server.WakeAsync();
        wake.Json("""{"wake":false}""");
        await harness.Handler.StatusAsync(DownlinkState.Polling);
        wake = await harness.Server.WakeAsync();

        // The exchange's own deadline ends the poll first if all of the window passed at once.
        await harness.Time.ArmedAsync(TimeSpan.FromSeconds(298));
        harness.Time.Advance(TimeSpan.FromSeconds(44));
        wake.Json("""{"wake":false}""");
        while (harness.Time.GetUtcNow() < new DateTimeOffset(2026, 1, 1, 0, 6, 30, TimeSpan.Zero))
        {
            wake = await harness.Server.WakeAsync();
            await harness.Time.ArmedAsync(TimeSpan.FromSeconds(45));
            harness.Time.Advance(TimeSpan.FromSeconds(30));
            wake.Json("""{"wake":false}""");
        }

        wake = await harness.Server.WakeAsync();
        await harness.Time.PassAsync(new DateTimeOffset(2026, 1, 1, 0, 7, 4, TimeSpan.Zero) - harness.Time.GetUtcNow());
        await wake.CancelledAsync();
        events = await harness.Server.EventsAsync();
        await DownlinkHarness.SendAsync(events.Stream(), ": hb\n");
        await harness.Handler.StatusAsync(DownlinkState.Live);
    }

    [Fact]
    public async Task A_silent_stream_is_closed_whatever_arrived_before()
    {
        await using var harness = new DownlinkHarness();
        await harness.StartLiveAsync();
        await harness.Time.PassAsync(Liveness);
        DownlinkStatus status = await harness.Handler.StatusAsync(DownlinkState.Waiting);
        Assert.Equal("silent for 40.0 s", status.Reason);
        await harness.Time.PassAsync(Reconnect);
        await harness.Server.EventsAsync();
    }

    [Fact]
    public async Task A_line_without_an_end_passes_its_bound_and_is_unhealthy()
    {
        await using var harness = new DownlinkHarness(options => options with { MaxStreamFailures = 1 });
        PipeWriter stream = (await harness.StartAsync()).Stream();
        await DownlinkHarness.SendAsync(stream, new string('x', 300_000));
        DownlinkStatus status = await harness.Handler.StatusAsync(DownlinkState.Polling);
        Assert.Contains("262144", status.Reason, StringComparison.Ordinal);
        await harness.Server.WakeAsync();
    }

    [Fact]
    public async Task A_stream_that_the_server_ends_is_opened_again()
    {
        await using var harness = new DownlinkHarness();
        PipeWriter stream = await harness.StartLiveAsync();
        for (int round = 0; round < 5; round++)
        {
            await stream.CompleteAsync();
            await harness.Time.PassAsync(Reconnect);
            stream = (await harness.Server.EventsAsync()).Stream();
            await DownlinkHarness.SendAsync(stream, ": hb\n");
            await harness.Handler.StatusAsync(DownlinkState.Live);
        }
    }

    [Fact]
    public async Task A_stream_that_is_cut_says_why()
    {
        await using var harness = new DownlinkHarness();
        PipeWriter stream = await harness.StartLiveAsync();
        await stream.CompleteAsync(new IOException("x", new SocketException((int)SocketError.ConnectionReset)));
        Assert.Equal("the stream was cut: connection reset", (await harness.Handler.StatusAsync(DownlinkState.Waiting)).Reason);
    }

    [Fact]
    public async Task A_stream_whose_server_sends_no_http_is_cut_without_a_word_of_what_it_sent()
    {
        await using var harness = new DownlinkHarness();
        PipeWriter stream = await harness.StartLiveAsync();
        string quoted =
            $"Received chunk header length could not be parsed: '{Convert.ToHexString(Encoding.ASCII.GetBytes(ClientHarness.Key))}'.";
        await stream.CompleteAsync(new HttpIOException(HttpRequestError.InvalidResponse, quoted));
        DownlinkStatus waiting = await harness.Handler.StatusAsync(DownlinkState.Waiting);
        Assert.Equal("the stream was cut: the response was not valid HTTP", waiting.Reason);
    }

    [Fact]
    public async Task A_first_read_that_fills_the_queue_makes_the_stream_live_before_the_handler_is_done()
    {
        await using var harness = new DownlinkHarness();
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        harness.Handler.OnControl = async (_, cancellationToken) => await open.Task.WaitAsync(cancellationToken);
        PipeWriter stream = (await harness.StartAsync()).Stream();
        await DownlinkHarness.SendAsync(stream, string.Concat(Enumerable.Range(0, 20).Select(task => DownlinkHarness.Command($"t{task}"))));

        await harness.Handler.StatusAsync(DownlinkState.Live);
        open.SetResult();
        for (int task = 0; task < 20; task++)
        {
            Assert.Equal($"t{task}", (await harness.Handler.ControlAsync()).TaskId);
        }
    }

    [Fact]
    public async Task A_server_that_never_answers_is_given_up_at_the_connect_deadline()
    {
        await using var harness = new DownlinkHarness();
        ScriptedRequest events = await harness.StartAsync();
        await harness.Time.PassAsync(TimeSpan.FromSeconds(10));
        await events.CancelledAsync();
        Assert.Contains("no answer in time", (await harness.Handler.StatusAsync(DownlinkState.Waiting)).Reason, StringComparison.Ordinal);
    }
}
