using Unarr.Pipelines.Downlink;
using Unarr.Pipelines.Protocol;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>What waits for the handler: each id once, and no longer than its delivery.</summary>
public sealed class ControlQueueTests
{
    private readonly RecordingHandler _handler = new();
    private readonly TaskCompletionSource _slow = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ControlQueue _queue;

    public ControlQueueTests()
    {
        var logger = new CapturingLogger();
        _handler.OnControl = async (_, cancellationToken) => await _slow.Task.WaitAsync(cancellationToken);
        var telemetry = new DownlinkTelemetry(new DownlinkOptions { AgentId = "a" }.Metrics, TimeProvider.System);
        _queue = new ControlQueue(_handler, new ControlLedger(null, logger), telemetry, logger);
    }

    [Fact]
    public async Task Control_whose_delivery_is_given_up_while_it_waits_for_room_is_taken_when_it_comes_again()
    {
        using var closed = new CancellationTokenSource();
        Task running = _queue.RunAsync(CancellationToken.None);
        await AddAsync("c0");
        await _handler.ControlAsync();
        for (int command = 1; command <= 8; command++)
        {
            await AddAsync($"c{command}");
        }

        Task waiting = AddAsync("late", closed.Token);
        Assert.False(waiting.IsCompleted);
        await closed.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        _slow.SetResult();
        await AddAsync("late");
        _queue.Complete();
        await Signal.Of(running, "the queue's end");
        List<string> applied = [];
        while (_handler.PendingControls > 0)
        {
            applied.Add((await _handler.ControlAsync()).TaskId);
        }

        Assert.Equal(["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "late"], applied);
    }

    [Fact]
    public async Task Control_twice_in_one_delivery_is_applied_once_and_one_without_an_id_twice()
    {
        _slow.SetResult();
        Task running = _queue.RunAsync(CancellationToken.None);
        await _queue.AddAsync([Control("c1"), Control("c1"), Control(null), Control(null)], ControlSource.Sync, CancellationToken.None);
        _queue.Complete();
        await Signal.Of(running, "the queue's end");

        Assert.Equal(3, _handler.PendingControls);
    }

    [Fact]
    public async Task Controls_delivered_by_stream_and_sync_at_once_are_applied_once_and_in_order()
    {
        // As often as one of two threads needs to come in between the other's controls.
        const int Deliveries = 2000;
        string[][] deliveries = [.. Enumerable.Range(0, Deliveries).Select(delivery => (string[])[.. Enumerable.Range(0, 16).Select(control => $"{delivery}-{control}")])];
        _slow.SetResult();
        Task running = _queue.RunAsync(CancellationToken.None);
        using var together = new Barrier(2);
        async Task DeliverAsync(ControlSource source)
        {
            foreach (string[] ids in deliveries)
            {
                ControlAction[] controls = [.. ids.Select(Control)];
                together.SignalAndWait();
                await _queue.AddAsync(controls, source, CancellationToken.None);
            }
        }

        await Signal.Of(Task.WhenAll(Task.Run(() => DeliverAsync(ControlSource.Sse)), Task.Run(() => DeliverAsync(ControlSource.Sync))), "both deliveries");
        _queue.Complete();
        await Signal.Of(running, "the queue's end");

        foreach (string id in deliveries.SelectMany(ids => ids))
        {
            Assert.Equal(id, (await _handler.ControlAsync()).TaskId);
        }

        Assert.Equal(0, _handler.PendingControls);
    }

    private static ControlAction Control(string? id) => new() { Action = "pause", TaskId = id ?? "", Id = id };

    private Task AddAsync(string id, CancellationToken cancellationToken = default) =>
        Signal.Of(_queue.AddAsync([Control(id)], ControlSource.Sse, cancellationToken).AsTask(), "room in the queue");
}
