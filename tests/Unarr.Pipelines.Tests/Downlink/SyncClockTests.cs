using Microsoft.Extensions.Time.Testing;
using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Syncing;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

public sealed class SyncClockTests : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider _time = new();
    private readonly List<SyncReason?> _due = [];
    private readonly SyncClock _clock;

    public SyncClockTests() => _clock = new SyncClock(_time, _due.Add);

    [Fact]
    public void Sync_is_due_once_when_the_interval_is_over_and_not_a_tick_earlier()
    {
        _clock.Start(Interval);
        _time.Advance(Interval - Tick);
        Assert.Empty(_due);
        _time.Advance(Tick);
        Assert.Null(Assert.Single(_due));
        _time.Advance(10 * Interval);
        Assert.Single(_due);
    }

    [Fact]
    public void Interval_of_nothing_is_over_at_once()
    {
        _clock.Start(TimeSpan.Zero);
        _time.Advance(Tick);
        Assert.Null(Assert.Single(_due));
    }

    [Fact]
    public void Sync_that_is_brought_forward_is_due_then_and_for_that_reason()
    {
        _clock.Start(Interval);
        _time.Advance(TimeSpan.FromSeconds(10));
        _clock.BringForward(TimeSpan.FromSeconds(5), SyncReason.Acknowledge);
        _time.Advance(TimeSpan.FromSeconds(5) - Tick);
        Assert.Empty(_due);
        _time.Advance(Tick);
        Assert.Equal([SyncReason.Acknowledge], _due);
    }

    [Theory]
    [InlineData(-1, SyncReason.Reconnect)]
    [InlineData(0, null)]
    [InlineData(1, null)]
    public void Sync_is_brought_forward_and_never_put_off(int ticks, SyncReason? reason)
    {
        _clock.Start(Interval);
        _clock.BringForward(Interval + (ticks * Tick), SyncReason.Reconnect);
        _time.Advance(Interval + Tick);
        Assert.Equal([reason], _due);
    }

    [Theory]
    [InlineData(4, SyncReason.Reconnect)]
    [InlineData(5, SyncReason.Acknowledge)]
    [InlineData(6, SyncReason.Acknowledge)]
    public void The_earliest_of_two_counts_and_of_two_at_one_time_the_first(int seconds, SyncReason reason)
    {
        _clock.Start(Interval);
        _clock.BringForward(TimeSpan.FromSeconds(5), SyncReason.Acknowledge);
        _clock.BringForward(TimeSpan.FromSeconds(seconds), SyncReason.Reconnect);
        _time.Advance(TimeSpan.FromSeconds(Math.Min(5, seconds)) - Tick);
        Assert.Empty(_due);
        _time.Advance(Tick);
        Assert.Equal([reason], _due);
    }

    [Fact]
    public void Nothing_is_due_while_a_sync_is_under_way()
    {
        _clock.Start(Interval);
        _clock.Stop();
        _time.Advance(10 * Interval);
        _clock.BringForward(TimeSpan.Zero, SyncReason.Acknowledge);
        _time.Advance(10 * Interval);
        Assert.Empty(_due);
    }

    [Fact]
    public void What_is_brought_forward_while_a_sync_is_under_way_is_the_one_after_it()
    {
        _clock.Start(Interval);
        _clock.Stop();
        _clock.BringForward(TimeSpan.FromSeconds(5), SyncReason.Acknowledge);
        _time.Advance(TimeSpan.FromSeconds(2));
        _clock.Start(Interval);
        _time.Advance(TimeSpan.FromSeconds(3) - Tick);
        Assert.Empty(_due);
        _time.Advance(Tick);
        Assert.Equal([SyncReason.Acknowledge], _due);
    }

    [Fact]
    public void What_came_due_while_a_sync_was_under_way_is_due_when_it_ends()
    {
        _clock.Stop();
        _clock.BringForward(TimeSpan.FromSeconds(5), SyncReason.Acknowledge);
        _time.Advance(TimeSpan.FromSeconds(30));
        _clock.Start(Interval);
        _time.Advance(Tick);
        Assert.Equal([SyncReason.Acknowledge], _due);
    }

    [Fact]
    public void Sync_that_begins_is_the_one_that_was_brought_forward()
    {
        _clock.Start(Interval);
        _clock.BringForward(TimeSpan.FromSeconds(5), SyncReason.Acknowledge);
        _clock.Stop();
        _clock.Start(Interval);
        _time.Advance(Interval - Tick);
        Assert.Empty(_due);
        _time.Advance(Tick);
        Assert.Equal([null], _due);
    }

    [Fact]
    public void Clock_that_was_disposed_calls_nobody()
    {
        _clock.Start(Interval);
        _clock.Dispose();
        _time.Advance(10 * Interval);
        Assert.Empty(_due);
    }

    public void Dispose() => _clock.Dispose();
}
