using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Applying;
using Unarr.Agents.Downlink.Observing;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <content>What waits and what is at hand, what is told of it, and how it ends.</content>
public sealed partial class ControlQueueTests
{
    [Fact]
    public async Task Event_wakes_a_queue_that_waits_and_its_data_lives_as_long_as_its_call()
    {
        TaskCompletionSource<DownlinkEvent> called = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _handler.OnEvent = async (downlinkEvent, _) =>
        {
            called.SetResult(downlinkEvent);
            await _slow.Task;
        };
        using var closed = new CancellationTokenSource();
        Task running = _queue.RunAsync(CancellationToken.None);
        Task handing = _queue.HandOverAsync(new QueuedEvent("one"u8, "1"u8), closed.Token);
        DownlinkEvent at = await Signal.Of(called.Task, "the event");

        // Given up by its stream while it is at hand.
        await closed.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => handing);
        Assert.Equal("1"u8, at.Data);
        _slow.SetResult();
        await EndAsync(running);
        Assert.Throws<InvalidOperationException>(() => at.Data.Length);
    }

    [Fact]
    public async Task Event_that_is_given_up_before_its_turn_lets_go_of_its_data()
    {
        using var closed = new CancellationTokenSource();
        var given = new QueuedEvent("one"u8, "1"u8);
        Task handing = _queue.HandOverAsync(given, closed.Token);
        Assert.Equal("1"u8, given.Event.Data);
        await closed.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => handing);
        Assert.Throws<InvalidOperationException>(() => given.Event.Data.Length);
        Assert.True(given.Ended.IsCompleted);
    }

    [Fact]
    public async Task Queue_is_drained_when_nothing_waits_and_nothing_is_at_hand()
    {
        await Signal.Of(_queue.DrainedAsync(CancellationToken.None), "an empty queue");
        await AddAsync("c0", "c1");
        Task waits = _queue.DrainedAsync(CancellationToken.None);
        Assert.False(waits.IsCompleted);
        Task running = _queue.RunAsync(CancellationToken.None);
        await _handler.ControlAsync();
        Task atHand = _queue.DrainedAsync(CancellationToken.None);
        Assert.False(atHand.IsCompleted);
        _slow.SetResult();
        await Signal.Of(Task.WhenAll(waits, atHand), "an empty queue");
        Assert.Equal(1, _handler.PendingControls);
        await EndAsync(running);
    }

    [Fact]
    public async Task End_while_a_failed_control_waits_empties_the_queue()
    {
        _handler.OnControl = (_, _) => throw new InvalidOperationException("busy");
        Task running = _queue.RunAsync(CancellationToken.None);
        await AddAsync("c1", "c2", "c3");
        await _time.ArmedAsync(TimeSpan.FromSeconds(1));
        Task drained = _queue.DrainedAsync(CancellationToken.None);
        Assert.False(drained.IsCompleted);
        _queue.Stop();
        await Signal.Of(running, "the queue's end");
        await Signal.Of(drained, "an empty queue");
    }

    [Fact]
    public async Task Every_control_that_is_new_or_finds_no_room_is_told_of()
    {
        int came = 0;
        _queue.Came = () => came++;
        await AddAsync("c0");
        Assert.Equal(1, came);
        await AddAsync("c0");
        Assert.Equal(1, came);
        await AddAsync([.. Enumerable.Range(1, ControlQueue.MaxWaiting - 1).Select(id => $"c{id}")]);
        Assert.Equal(2, came);
        await SyncAsync([Control("late")]);
        Assert.Equal(3, came);
        Assert.Equal($"c{ControlQueue.MaxWaiting - 1}", _queue.After);
    }

    [Fact]
    public async Task Streamed_controls_without_an_id_wait_at_the_bound_of_all()
    {
        Control[] full = [.. Enumerable.Repeat(Control(null), ControlQueue.MaxWaiting)];
        await Signal.Of(_queue.AddStreamedAsync(full, null, CancellationToken.None).AsTask(), "room in the queue");
        Task one = _queue.AddStreamedAsync([Control(null)], null, CancellationToken.None).AsTask();
        Assert.False(one.IsCompleted);
        await SyncAsync([Control(null)]);
        Task running = _queue.RunAsync(CancellationToken.None);
        _slow.SetResult();
        await Signal.Of(one, "room in the queue");
        await EndAsync(running);
        Assert.Equal(ControlQueue.MaxWaiting + 2, _handler.PendingControls);
    }

    [Fact]
    public void Each_control_over_a_bound_is_told_as_settled()
    {
        int settled = 0;
        _queue.Settled = within =>
        {
            Assert.Null(within);
            settled++;
        };
        FailedControl[] rejected = [new() { Id = "c1", Error = "too long" }, new() { Id = "c2", Error = "too long" }];
        _queue.Reject(rejected);
        Assert.Equal(2, settled);
        _queue.Reject(rejected);
        Assert.Equal(4, settled);
        Assert.Equal(2, _ledger.Untold);
    }

    [Fact]
    public async Task Queue_that_acknowledges_nothing_takes_an_id_as_often_as_it_comes_and_lists_none()
    {
        var telemetry = new DownlinkTelemetry(DownlinkInstruments.Default, new CoverRecord(_time), _time);
        ControlQueue queue = new(_handler, _ledger, telemetry, _time, _logger, acknowledges: false);
        int settled = 0;
        queue.Settled = _ => settled++;
        _slow.SetResult();
        Task running = queue.RunAsync(CancellationToken.None);
        await queue.AddSyncedAsync([Control("c1"), Control("c1")], CancellationToken.None);
        queue.Reject([new FailedControl { Id = "c2", Error = "too long" }]);
        queue.Complete();
        await Signal.Of(running, "the queue's end");
        Assert.Equal((2, 0, 0, (string?)null), (_handler.PendingControls, _ledger.Untold, settled, queue.After));
    }

    [Fact]
    public async Task No_wait_comes_back_to_the_context_of_its_caller()
    {
        CallingContext context = new();
        int calls = 0;
        _handler.OnControl = (_, _) => ++calls == 1 ? throw new InvalidOperationException("busy") : new ValueTask(_slow.Task);
        _handler.OnEvent = (_, _) => new ValueTask(_slow.Task);
        await AddAsync("fails once");
        Task running = context.Call(() => _queue.RunAsync(CancellationToken.None));
        await _time.PassAsync(TimeSpan.FromSeconds(1));
        await _handler.ControlAsync();
        await _handler.ControlAsync();
        await AddAsync([.. Enumerable.Range(0, ControlQueue.MaxWaiting).Select(id => $"c{id}")]);
        Task[] waiting =
        [
            context.Call(() => AddAsync(["no room"], CancellationToken.None)),
            context.Call(() => _queue.DrainedAsync(CancellationToken.None)),
            context.Call(() => _queue.HandOverAsync(new QueuedEvent("e"u8, "1"u8), CancellationToken.None)),
        ];
        await SyncAsync([.. Enumerable.Repeat(Control(null), ControlQueue.MaxWaitingWithoutId - ControlQueue.MaxWaiting - 1)]);
        Task synced = context.Call(() => SyncAsync([Control(null)]));
        Assert.False(synced.IsCompleted);
        _slow.SetResult();
        await Signal.Of(Task.WhenAll([.. waiting, synced]), "all that waits");
        await EndAsync(running);
        Assert.Equal(0, context.Posts);
    }

    [Theory]
    [InlineData("idle")]
    [InlineData("control")]
    [InlineData("event")]
    public async Task Queue_does_not_come_back_to_the_context_in_which_it_was_started(string first)
    {
        CallingContext context = new();
        _handler.OnControl = (_, _) => new ValueTask(_slow.Task);
        _handler.OnEvent = (_, _) => new ValueTask(_slow.Task);
        Task given = first == "control" ? AddAsync("c0")
            : first == "event" ? _queue.HandOverAsync(new QueuedEvent("e"u8, "1"u8), CancellationToken.None) : Task.CompletedTask;
        Task running = context.Call(() => _queue.RunAsync(CancellationToken.None));
        _slow.SetResult();
        await EndAsync(running);
        await Signal.Of(given, "what was given first");
        Assert.Equal(0, context.Posts);
    }
}
