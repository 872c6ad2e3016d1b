using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Text;
using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>Events of the stream that are the application's own.</summary>
public sealed class StreamEventTests
{
    private readonly EventHandler _handler = new();

    [Fact]
    public async Task Events_and_controls_come_one_at_a_time_in_the_order_of_the_stream()
    {
        await using var harness = new DownlinkHarness(_handler);
        var order = new ConcurrentQueue<string>();
        var all = new TaskCompletionSource();
        harness.Handler.OnControl = async (control, _) =>
        {
            order.Enqueue($"<{control.TaskId}");
            await Task.Yield();
            order.Enqueue(">");
        };
        _handler.OnEvent = async (downlinkEvent, _) =>
        {
            order.Enqueue($"<{downlinkEvent.EventType} {Encoding.UTF8.GetString(downlinkEvent.Data)}");
            await Task.Yield();
            order.Enqueue(">");
            if (downlinkEvent.EventType == "last")
            {
                all.SetResult();
            }
        };
        PipeWriter stream = await harness.StartLiveAsync();
        await DownlinkHarness.SendAsync(stream, DownlinkHarness.Command("t1", "t2")
            + "event: refresh\ndata: {\"a\":1}\n\n" + DownlinkHarness.Command("t3") + "data: a\ndata: b\n\nevent: last\ndata: x\n\n");
        await Signal.Of(all.Task, "the last event");
        Assert.Equal("<t1><t2><refresh {\"a\":1}><t3><message a\nb><last x>", string.Concat(order));
    }

    [Fact]
    public async Task Stream_is_not_read_while_an_event_is_handled_and_not_taken_for_silent()
    {
        await using var harness = new DownlinkHarness(_handler, options => options with { Hedging = true, Random = () => 0.5 });
        var release = new TaskCompletionSource();
        var handled = new SemaphoreSlim(0);
        _handler.OnEvent = async (_, _) =>
        {
            handled.Release();
            await release.Task;
        };
        PipeWriter stream = await harness.StartLiveAsync();
        await harness.AnswerSyncAsync(SyncReason.Reconnect);
        await DownlinkHarness.SendAsync(stream, "event: one\ndata: 1\n\nevent: two\ndata: 2\n\n" + DownlinkHarness.Command("t1"));
        await Signal.Of(handled.WaitAsync(), "the first event");
        for (int minute = 0; minute < 5; minute++)
        {
            harness.Time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(0, handled.CurrentCount);
        Assert.Equal(0, harness.Handler.PendingControls);
        Assert.Equal(DownlinkState.Live, harness.Downlink.Status.State);
        Assert.False(harness.Server.HasPending("wake"));
        release.SetResult();
        Assert.Equal("t1", (await harness.Handler.ControlAsync()).TaskId);
        await AnswerSyncsAsync(harness);
    }

    [Fact]
    public async Task Event_is_valid_during_the_call_only()
    {
        await using var harness = new DownlinkHarness(_handler);
        var kept = new TaskCompletionSource<DownlinkEvent>();
        _handler.OnEvent = (downlinkEvent, _) =>
        {
            Assert.Equal(7, downlinkEvent.Read(ProtocolJsonContext.Default.DictionaryStringJsonElement)!["a"].GetInt32());
            kept.TrySetResult(downlinkEvent);
            return ValueTask.CompletedTask;
        };
        PipeWriter stream = await harness.StartLiveAsync();
        await DownlinkHarness.SendAsync(stream, "event: one\ndata: {\"a\":7}\n\n" + DownlinkHarness.Command("t1"));
        DownlinkEvent ended = await Signal.Of(kept.Task, "the event");
        await harness.Handler.ControlAsync();
        Assert.Throws<InvalidOperationException>(() => ended.Data.Length);
        Assert.Throws<InvalidOperationException>(() => ended.Read(ProtocolJsonContext.Default.DictionaryStringJsonElement));
    }

    [Fact]
    public async Task Event_that_fails_is_logged_and_the_next_frame_is_read()
    {
        await using var harness = new DownlinkHarness(_handler);
        _handler.OnEvent = (_, _) => throw new InvalidOperationException("not mine");
        PipeWriter stream = await harness.StartLiveAsync();
        await DownlinkHarness.SendAsync(stream, "event: one\ndata: 1\n\n" + DownlinkHarness.Command("t1"));
        Assert.Equal("t1", (await harness.Handler.ControlAsync()).TaskId);
        Assert.Contains(harness.Logger.Lines, line => line.Contains("not mine", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Handler_of_an_event_that_hangs_delays_the_end_by_5_seconds_at_most(bool blocks)
    {
        await using var harness = new DownlinkHarness(_handler);
        // Not disposed: who waits for it may come when the test has ended.
        var released = new ManualResetEventSlim();
        var begun = new TaskCompletionSource();
        _handler.OnEvent = async (_, _) =>
        {
            begun.SetResult();
            if (blocks)
            {
                released.Wait(CancellationToken.None);
            }

            await Task.Delay(Timeout.InfiniteTimeSpan, CancellationToken.None);
        };
        PipeWriter stream = await harness.StartLiveAsync();
        await DownlinkHarness.SendAsync(stream, "event: one\ndata: 1\n\n");
        await Signal.Of(begun.Task, "the event");
        Task running = await harness.CancelAsync();
        await harness.Time.PassAsync(TimeSpan.FromSeconds(4));
        await harness.AnswerLastSyncAsync();
        await harness.Time.PassAsync(TimeSpan.FromSeconds(1));
        await harness.EndedAsync(running);
        released.Set();
    }

    [Fact]
    public async Task Handler_that_does_not_ask_gets_no_events_and_waits_for_none()
    {
        var handler = new ControlsOnly();
        await using var harness = new DownlinkHarness(handler);
        harness.Start();
        PipeWriter stream = (await harness.Server.EventsAsync()).Stream();
        (await harness.Server.SyncAsync()).Json("{}");
        await DownlinkHarness.SendAsync(
            stream, DownlinkHarness.Command("t1")
                + "event: one\ndata: 1\n\nevent: command\ndata: {\"controls\":[{\"taskId\":\"t2\"}]}\n\n");
        Assert.True(SpinWait.SpinUntil(() => handler.Controls.Count == 1, TimeSpan.FromSeconds(30)));

        // The event is passed over while the first control is at hand, so that the second one is in the queue behind it.
        handler.Release.SetResult();
        Assert.True(SpinWait.SpinUntil(() => handler.Controls.Count == 2, TimeSpan.FromSeconds(30)));
    }

    private static async Task AnswerSyncsAsync(DownlinkHarness harness)
    {
        while (harness.Server.HasPending("sync"))
        {
            (await harness.Server.SyncAsync()).Json("{}");
        }
    }

    private sealed class ControlsOnly : DownlinkHandler
    {
        public ConcurrentQueue<string> Controls { get; } = new();

        public TaskCompletionSource Release { get; } = new();

        public override async ValueTask HandleControlAsync(Control control, ControlDelivery delivery, CancellationToken cancellationToken)
        {
            Controls.Enqueue(control.TaskId);
            await Release.Task;
        }
    }
}
