using Unarr.Agents.Downlink.Deciding;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

public class LearntLifeTests
{
    private readonly LearntLife _life = new();

    [Fact]
    public void Nothing_is_learnt_at_first() => AssertUnknown();

    [Fact]
    public void One_proper_end_teaches_nothing()
    {
        End(30);
        AssertUnknown();
    }

    [Theory]
    [InlineData(30, 30, 22, 47)]
    [InlineData(100, 80, 62, 122)]
    [InlineData(80, 100, 62, 122)]
    [InlineData(2.4, 2.4, 0, 5.6)]
    public void Shorter_of_two_proper_ends_within_20_percent_is_the_life(double first, double second, double from, double outlived)
    {
        End(first);
        End(second);
        Assert.Equal((S(from), S(outlived)), (_life.EndsFrom, _life.OutlivedAt));
    }

    [Theory]
    [InlineData(100, 79.9)]
    [InlineData(79.9, 100)]
    public void Ends_further_apart_teach_nothing(double first, double second)
    {
        End(first);
        End(second);
        AssertUnknown();
    }

    [Fact]
    public void End_outside_forgets_and_the_next_near_it_teaches_again()
    {
        End(30);
        End(30);
        End(100);
        AssertUnknown();
        End(100);
        Assert.Equal(S(78), _life.EndsFrom);
    }

    [Theory]
    [InlineData(StreamOutcome.Unhealthy, StreamEnd.Cut)]
    [InlineData(StreamOutcome.Repeated, StreamEnd.Cut)]
    [InlineData(StreamOutcome.Unhealthy, StreamEnd.Proper)]
    internal void Stream_that_broke_teaches_at_once(StreamOutcome outcome, StreamEnd end)
    {
        _life.Take(outcome, end, S(30));
        Assert.Equal(S(22), _life.EndsFrom);
    }

    [Theory]
    [InlineData(StreamOutcome.Unhealthy, null)]
    [InlineData(StreamOutcome.Repeated, StreamEnd.BoundPassed)]
    [InlineData(StreamOutcome.Outage, StreamEnd.Cut)]
    [InlineData(StreamOutcome.Gone, StreamEnd.Gone)]
    internal void End_that_says_nothing_of_an_age_changes_nothing(StreamOutcome outcome, StreamEnd? end)
    {
        _life.Take(outcome, end, S(30));
        AssertUnknown();
        End(50);
        End(50);
        _life.Take(outcome, end, S(3));
        Assert.Equal(S(38), _life.EndsFrom);
    }

    [Fact]
    public void Outlived_life_is_forgotten()
    {
        End(30);
        End(30);
        _life.Forget();
        AssertUnknown();
        End(30);
        AssertUnknown();
    }

    private void End(double age) => _life.Take(StreamOutcome.Recycled, StreamEnd.Proper, S(age));

    private void AssertUnknown() =>
        Assert.Equal((DownlinkMachine.Never, DownlinkMachine.Never), (_life.EndsFrom, _life.OutlivedAt));

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);
}
