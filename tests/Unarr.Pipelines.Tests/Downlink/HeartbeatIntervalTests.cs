using FsCheck.Xunit;
using Unarr.Pipelines.Pacing;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

public sealed class HeartbeatIntervalTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    private readonly HeartbeatInterval _heartbeat = new();

    [Fact]
    public void It_is_15_seconds_while_nobody_has_said_or_shown_one()
    {
        AssertIs(15, isLearnt: false);
        _heartbeat.Tell(TimeSpan.Zero);
        AssertIs(15, isLearnt: false);
    }

    [Theory]
    [InlineData(1, 1000)]
    [InlineData(999, 1000)]
    [InlineData(1000, 1000)]
    [InlineData(1001, 1001)]
    [InlineData(119_999, 119_999)]
    [InlineData(120_000, 120_000)]
    [InlineData(120_001, 120_000)]
    [InlineData(uint.MaxValue, 120_000)]
    public void Told_one_is_kept_between_1_second_and_2_minutes(uint told, int milliseconds)
    {
        _heartbeat.Tell(TimeSpan.FromMilliseconds(told));
        Assert.Equal((TimeSpan.FromMilliseconds(milliseconds), false), (_heartbeat.Value, _heartbeat.IsLearnt));
    }

    [Fact]
    public void Learnt_one_is_kept_between_1_second_and_2_minutes_too()
    {
        _heartbeat.Learn(TimeSpan.FromSeconds(1) - Tick);
        AssertIs(1, isLearnt: true);
        _heartbeat.Forget();
        _heartbeat.Learn(TimeSpan.FromMinutes(2) + Tick);
        AssertIs(120, isLearnt: true);
    }

    [Fact]
    public void The_larger_of_told_and_learnt_counts()
    {
        _heartbeat.Tell(TimeSpan.FromSeconds(20));
        _heartbeat.Learn(TimeSpan.FromSeconds(10));
        AssertIs(20, isLearnt: true);
        _heartbeat.Learn(TimeSpan.FromSeconds(20) + Tick);
        Assert.Equal(TimeSpan.FromSeconds(20) + Tick, _heartbeat.Value);
        _heartbeat.Tell(TimeSpan.Zero);
        Assert.Equal(TimeSpan.FromSeconds(20) + Tick, _heartbeat.Value);
    }

    [Fact]
    public void Gaps_teach_while_the_shortest_is_at_least_half_of_the_longest()
    {
        _heartbeat.Learn(TimeSpan.FromSeconds(10));
        _heartbeat.Learn(TimeSpan.FromSeconds(5));
        AssertIs(10, isLearnt: true);
        _heartbeat.Learn(TimeSpan.FromSeconds(5) - Tick);
        AssertIs(15, isLearnt: false);
    }

    [Fact]
    public void The_last_four_gaps_count()
    {
        _heartbeat.Learn(TimeSpan.FromSeconds(1));
        for (int gap = 0; gap < 3; gap++)
        {
            _heartbeat.Learn(TimeSpan.FromSeconds(30));
            AssertIs(15, isLearnt: false);
        }

        _heartbeat.Learn(TimeSpan.FromSeconds(30));
        AssertIs(30, isLearnt: true);
    }

    [Fact]
    public void Comments_that_come_at_once_teach_nothing()
    {
        _heartbeat.Learn(TimeSpan.Zero);
        AssertIs(15, isLearnt: false);
    }

    [Fact]
    public void What_was_learnt_is_forgotten_and_what_was_told_is_not()
    {
        _heartbeat.Tell(TimeSpan.FromSeconds(20));
        _heartbeat.Learn(TimeSpan.FromSeconds(60));
        _heartbeat.Forget();
        AssertIs(20, isLearnt: false);
        _heartbeat.Learn(TimeSpan.FromSeconds(25));
        AssertIs(25, isLearnt: true);
    }

    [Property]
    public bool It_is_between_1_second_and_2_minutes_and_never_below_what_was_told(uint told, uint[] gaps)
    {
        TimeSpan interval = TimeSpan.FromMilliseconds(told % 240_000);
        _heartbeat.Tell(interval);
        foreach (uint gap in gaps)
        {
            _heartbeat.Learn(TimeSpan.FromMilliseconds(gap % 240_000));
        }

        TimeSpan least = interval < TimeSpan.FromMinutes(2) ? interval : TimeSpan.FromMinutes(2);
        return _heartbeat.Value >= TimeSpan.FromSeconds(1) && _heartbeat.Value <= TimeSpan.FromMinutes(2) && _heartbeat.Value >= least;
    }

    private void AssertIs(double seconds, bool isLearnt) =>
        Assert.Equal((TimeSpan.FromSeconds(seconds), isLearnt), (_heartbeat.Value, _heartbeat.IsLearnt));
}
