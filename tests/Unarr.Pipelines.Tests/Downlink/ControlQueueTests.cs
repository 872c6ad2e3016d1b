using Unarr.Agents.Downlink.Applying;
using Unarr.Agents.Downlink.Observing;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>What waits for the handler: each id once, in one order, within bounds.</summary>
public sealed partial class ControlQueueTests : IDisposable
{
    private readonly EventHandler _handler = new();
    private readonly ObservedTime _time = new();
    private readonly CapturingLogger _logger = new();
    private readonly TaskCompletionSource _slow = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ControlLedger _ledger;
    private readonly ControlQueue _queue;

    public ControlQueueTests()
    {
        _handler.OnControl = async (_, cancellationToken) => await _slow.Task.WaitAsync(cancellationToken);
        var telemetry = new DownlinkTelemetry(DownlinkInstruments.Default, new CoverRecord(_time), _time);
        _ledger = new ControlLedger(null, _logger);
        _queue = new ControlQueue(_handler, _ledger, telemetry, _time, _logger);
    }

    [Fact]
    public async Task Control_whose_delivery_is_given_up_while_it_waits_for_room_is_taken_when_it_comes_again()
    {
        using var closed = new CancellationTokenSource();
        Task running = _queue.RunAsync(CancellationToken.None);
        await AddAsync("c0");
        await _handler.ControlAsync();
        string[] full = [.. Enumerable.Range(1, ControlQueue.MaxWaiting).Select(id => $"c{id}")];
        await AddAsync(full);

        Task waiting = AddAsync(["late"], closed.Token);
        Assert.False(waiting.IsCompleted);
        await closed.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(full[^1], _queue.After);

        _slow.SetResult();
        await AddAsync("late");
        await EndAsync(running);
        Assert.Equal([.. full, "late"], await AppliedAsync());
    }

    [Fact]
    public async Task Event_whose_stream_is_given_up_before_its_turn_is_left_out()
    {
        int events = 0;
        _handler.OnEvent = (_, _) =>
        {
            events++;
            return ValueTask.CompletedTask;
        };
        using var closed = new CancellationTokenSource();
        Task running = _queue.RunAsync(CancellationToken.None);
        await AddAsync("c0");
        await _handler.ControlAsync();
        Task waiting = _queue.HandOverAsync(new QueuedEvent("one"u8, "1"u8), closed.Token);
        Task other = _queue.HandOverAsync(new QueuedEvent("two"u8, "2"u8), CancellationToken.None);
        await closed.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        _slow.SetResult();
        await Signal.Of(other, "the other event");
        await EndAsync(running);
        Assert.Equal(1, events);
    }

    [Fact]
    public async Task Event_that_comes_at_the_end_is_dropped_at_once()
    {
        _queue.Stop();
        var late = new QueuedEvent("one"u8, "1"u8);
        await Signal.Of(_queue.HandOverAsync(late, CancellationToken.None), "the event");
        Assert.Throws<InvalidOperationException>(() => late.Event.Data.Length);
        await Signal.Of(_queue.DrainedAsync(CancellationToken.None), "an empty queue");
    }

    [Fact]
    public async Task Control_twice_in_one_delivery_is_applied_once_and_one_without_an_id_twice()
    {
        _slow.SetResult();
        Task running = _queue.RunAsync(CancellationToken.None);
        await SyncAsync([Control("c1"), Control("c1"), Control(null), Control(null)]);
        await EndAsync(running);

        Assert.Equal(3, _handler.PendingControls);
    }

    [Fact]
    public async Task Of_a_sync_s_list_the_longest_prefix_that_fits_is_taken_and_nobody_waits()
    {
        Task running = _queue.RunAsync(CancellationToken.None);
        await AddAsync("at hand");
        await _handler.ControlAsync();
        string[] ids = [.. Enumerable.Range(0, 1024).Select(id => $"c{id}")];

        await SyncAsync([.. ids.Select(Control)]);
        Assert.Equal($"c{ControlQueue.MaxWaiting - 1}", _queue.After);

        // Delivered again from there, in any number of syncs.
        _slow.SetResult();
        while (_queue.After != ids[^1])
        {
            await SyncAsync([.. ids.SkipWhile(id => id != _queue.After).Select(Control)]);
        }

        await EndAsync(running);
        Assert.Equal(ids, await AppliedAsync());
    }

    [Fact]
    public async Task Controls_without_an_id_that_a_sync_hands_out_once_are_taken_beyond_the_bound_of_the_others()
    {
        Task running = _queue.RunAsync(CancellationToken.None);
        await AddAsync("at hand");
        await _handler.ControlAsync();

        await SyncAsync([.. Enumerable.Range(0, ControlQueue.MaxWaitingWithoutId).Select(_ => Control(null))]);
        Task waiting = SyncAsync([Control(null)]);
        Assert.False(waiting.IsCompleted);

        _slow.SetResult();
        await waiting;
        await EndAsync(running);
        Assert.Equal(ControlQueue.MaxWaitingWithoutId + 1, _handler.PendingControls);
    }

    [Fact]
    public async Task Untold_ids_stop_the_intake_until_a_sync_has_told_them()
    {
        _slow.SetResult();
        Task running = _queue.RunAsync(CancellationToken.None);
        await AddAsync([.. Enumerable.Range(0, ControlLedger.MaxUntold).Select(id => $"c{id}")]);
        await Signal.Of(_queue.DrainedAsync(CancellationToken.None), "an empty queue");

        await SyncAsync([Control("by sync")]);
        Task byStream = AddAsync(["by stream"], CancellationToken.None);
        Assert.False(byStream.IsCompleted);
        Assert.Equal($"c{ControlLedger.MaxUntold - 1}", _queue.After);

        _queue.Told(_ledger.List(new SyncRequest { AgentId = "a" }));
        await byStream;
        await EndAsync(running);
        Assert.Equal("by stream", (await AppliedAsync())[^1]);
    }

    [Fact]
    public async Task Failed_control_is_tried_again_after_1_s_and_5_s_before_the_next_one_and_then_given_up()
    {
        _handler.OnControl = (control, _) =>
            control.TaskId == "bad" ? throw new InvalidOperationException("no such task") : ValueTask.CompletedTask;
        int settled = 0;
        _queue.Settled = _ => settled++;
        Task running = _queue.RunAsync(CancellationToken.None);
        await AddAsync("bad", "good");

        await _handler.ControlAsync();
        await _time.PassAsync(TimeSpan.FromSeconds(1));
        await _handler.ControlAsync();
        Assert.Equal(0, settled);
        await _time.PassAsync(TimeSpan.FromSeconds(5));
        await EndAsync(running);

        Assert.Equal(["bad", "good"], await AppliedAsync());
        Assert.Equal([1, 2, 3, 1], _handler.Attempts);
        Assert.Equal(2, settled);
        var request = new SyncRequest { AgentId = "a" };
        _ledger.List(request);
        Assert.Equal("good", Assert.Single(request.AppliedControls!));
        Assert.Equal(new FailedControl { Id = "bad", Error = "no such task" }, Assert.Single(request.FailedControls!));
    }

    [Fact]
    public async Task Control_that_succeeds_at_the_second_try_is_applied()
    {
        int calls = 0;
        _handler.OnControl = (_, _) => ++calls == 1 ? throw new InvalidOperationException("busy") : ValueTask.CompletedTask;
        Task running = _queue.RunAsync(CancellationToken.None);
        await AddAsync("c1");
        await _time.PassAsync(TimeSpan.FromSeconds(1));
        await EndAsync(running);

        var request = new SyncRequest { AgentId = "a" };
        _ledger.List(request);
        Assert.Equal((2, "c1", null), (calls, Assert.Single(request.AppliedControls!), request.FailedControls));
    }

    [Fact]
    public async Task Control_that_the_handler_rejects_is_failed_at_once()
    {
        _handler.OnControl = (_, _) => throw new ControlRejectedException("unknown action");
        Task running = _queue.RunAsync(CancellationToken.None);
        await AddAsync("c1");
        await EndAsync(running);

        Assert.Equal(1, _handler.PendingControls);
        var request = new SyncRequest { AgentId = "a" };
        _ledger.List(request);
        Assert.Equal("unknown action", Assert.Single(request.FailedControls!).Error);
    }

    [Fact]
    public async Task Control_over_a_bound_is_listed_as_failed_and_never_applied()
    {
        FailedControl tooLong = new() { Id = "c1", Error = "its task id is longer than 1024 bytes" };
        _queue.Reject([tooLong]);
        _queue.Reject([tooLong]);
        await SyncAsync([Control("c1")]);

        var request = new SyncRequest { AgentId = "a" };
        _ledger.List(request);
        Assert.Equal(tooLong, Assert.Single(request.FailedControls!));
        Assert.Equal("", _queue.After);
    }

    [Fact]
    public void Controls_over_a_bound_are_remembered_within_the_bound_of_untold_ids()
    {
        for (int list = 0; list < 10; list++)
        {
            _queue.Reject([.. Enumerable.Range(0, 1000).Select(id => new FailedControl { Id = $"{list}-{id}", Error = "too long" })]);
        }

        Assert.Equal(ControlLedger.MaxUntold, _ledger.Untold);
    }

    [Fact]
    public async Task End_while_a_failed_control_waits_leaves_it_and_what_comes_after_it_unsettled()
    {
        _handler.OnControl = (_, _) => throw new InvalidOperationException("busy");
        Task running = _queue.RunAsync(CancellationToken.None);
        await AddAsync("c1", "c2");
        await _time.ArmedAsync(TimeSpan.FromSeconds(1));

        _queue.Stop();
        await Signal.Of(running, "the queue's end");
        Assert.Equal(["c1"], await AppliedAsync());
        Assert.Equal((0, 0), (_ledger.Untold, _time.LiveTimers));
    }

    [Fact]
    public async Task End_takes_no_further_control_with_an_id_and_those_without_one()
    {
        _slow.SetResult();
        Task running = _queue.RunAsync(CancellationToken.None);
        _queue.Stop();
        await SyncAsync([Control(null), Control("c1"), Control(null)]);
        await EndAsync(running);

        Assert.Equal([""], await AppliedAsync());
    }

    [Fact]
    public async Task Controls_delivered_by_stream_and_sync_at_once_are_applied_once_and_in_order()
    {
        // As often as one of two threads needs to come in between the other's controls.
        const int Deliveries = 250;
        string[][] deliveries = [.. Enumerable.Range(0, Deliveries).Select(
            delivery => (string[])[.. Enumerable.Range(0, 16).Select(control => $"{delivery}-{control}")])];
        _slow.SetResult();
        Task running = _queue.RunAsync(CancellationToken.None);
        using var together = new Barrier(2);
        async Task DeliverAsync(Func<Control[], Task> deliver)
        {
            foreach (string[] ids in deliveries)
            {
                Control[] controls = [.. ids.Select(Control)];
                together.SignalAndWait();
                await deliver(controls);
            }
        }

        Task byStream = Task.Run(() => DeliverAsync(controls => _queue.AddStreamedAsync(controls, null, CancellationToken.None).AsTask()));
        Task bySync = Task.Run(() => DeliverAsync(SyncAsync));
        await Signal.Of(Task.WhenAll(byStream, bySync), "both deliveries");
        await EndAsync(running);

        Assert.Equal(deliveries.SelectMany(ids => ids), await AppliedAsync());
    }

    public void Dispose() => _ledger.Dispose();

    private static Control Control(string? id) => new("pause") { TaskId = id ?? "", Id = id };

    private Task AddAsync(params string[] ids) => Signal.Of(AddAsync(ids, CancellationToken.None), "room in the queue");

    private Task AddAsync(string[] ids, CancellationToken cancellationToken) =>
        _queue.AddStreamedAsync([.. ids.Select(Control)], null, cancellationToken).AsTask();

    private Task SyncAsync(Control[] controls) => _queue.AddSyncedAsync(controls, CancellationToken.None).AsTask();

    private Task EndAsync(Task running)
    {
        _queue.Complete();
        return Signal.Of(running, "the queue's end");
    }

    private async Task<List<string>> AppliedAsync()
    {
        List<string> applied = [];
        while (_handler.PendingControls > 0)
        {
            applied.Add((await _handler.ControlAsync()).TaskId);
        }

        return applied;
    }
}
