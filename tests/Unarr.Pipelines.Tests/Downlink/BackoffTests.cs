using FsCheck.Xunit;
using Unarr.Pipelines.Pacing;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

public sealed class BackoffTests
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Cap = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FiveMinutes = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData(0, 5)]
    [InlineData(1, 10)]
    [InlineData(2, 20)]
    [InlineData(3, 30)]
    [InlineData(40, 30)]
    [InlineData(41, 30)]
    [InlineData(int.MaxValue, 30)]
    public void Delay_doubles_up_to_the_cap(int times, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Backoff.Doubled(First, Cap, times));

    [Theory]
    [InlineData(29.9, 29.9)]
    [InlineData(30, 30)]
    [InlineData(31, 31)]
    public void First_delay_is_never_shortened_and_the_cap_ends_the_doubling(double first, double seconds)
    {
        Assert.Equal(TimeSpan.FromSeconds(seconds), Backoff.Doubled(TimeSpan.FromSeconds(first), Cap, 0));
        Assert.Equal(first < 30 ? Cap : TimeSpan.FromSeconds(seconds), Backoff.Doubled(TimeSpan.FromSeconds(first), Cap, 1));
    }

    [Fact]
    public void Cap_that_is_a_doubled_delay_is_reached_exactly()
    {
        TimeSpan cap = First * 4;
        Assert.Equal(cap, Backoff.Doubled(First, cap, 2));
        Assert.Equal(cap - TimeSpan.FromTicks(1), Backoff.Doubled(First, cap - TimeSpan.FromTicks(1), 2));
        Assert.Equal(cap, Backoff.Doubled(First, cap + TimeSpan.FromTicks(1), 2));
        Assert.Equal(cap + TimeSpan.FromTicks(1), Backoff.Doubled(First, cap + TimeSpan.FromTicks(1), 3));
    }

    [Fact]
    public void No_doubling_overflows()
    {
        Assert.Equal(TimeSpan.MaxValue, Backoff.Doubled(TimeSpan.FromDays(365), TimeSpan.MaxValue, 100));
        Assert.Equal(TimeSpan.FromTicks(1L << 40), Backoff.Doubled(TimeSpan.FromTicks(1), TimeSpan.MaxValue, 100));
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(0.5, 7.5)]
    [InlineData(1, 10)]
    public void Delay_is_uniform_between_half_and_all_of_it(double random, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Backoff.Delay(First, Cap, 1, random));

    [Theory]
    [InlineData(0, 54)]
    [InlineData(0.5, 60)]
    [InlineData(1, 66)]
    public void Jitter_is_up_to_10_percent_either_way(double random, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Backoff.Jittered(TimeSpan.FromMinutes(1), random));

    [Fact]
    public void Time_that_was_asked_for_is_never_shortened_and_lengthened_up_to_5_minutes()
    {
        Assert.Equal(TimeSpan.FromSeconds(100), Backoff.Asked(TimeSpan.FromSeconds(100), 0));
        Assert.Equal(TimeSpan.FromSeconds(110), Backoff.Asked(TimeSpan.FromSeconds(100), 1));
        Assert.Equal(FiveMinutes, Backoff.Asked(TimeSpan.FromSeconds(299), 1));
        Assert.Equal(FiveMinutes, Backoff.Asked(FiveMinutes, 0));
        Assert.Equal(FiveMinutes, Backoff.Asked(FiveMinutes, 1));
        Assert.Equal(FiveMinutes + TimeSpan.FromTicks(1), Backoff.Asked(FiveMinutes + TimeSpan.FromTicks(1), 1));
    }

    [Property]
    public bool Delay_lies_between_half_of_the_doubled_one_and_all_of_it(uint first, uint cap, byte attempt, ushort random)
    {
        (TimeSpan from, TimeSpan to) = (TimeSpan.FromTicks(first), TimeSpan.FromTicks(cap));
        TimeSpan doubled = Backoff.Doubled(from, to, attempt);
        TimeSpan delay = Backoff.Delay(from, to, attempt, random / 65536.0);
        return delay >= doubled / 2 && delay <= doubled;
    }

    [Property]
    public bool Doubled_delay_never_shrinks_and_stays_between_the_first_and_the_cap(uint first, uint cap, byte doublings)
    {
        int times = doublings % 12;
        (TimeSpan from, TimeSpan to) = (TimeSpan.FromTicks(first), TimeSpan.FromTicks(cap));
        TimeSpan doubled = Backoff.Doubled(from, to, times);
        TimeSpan longest = from > to ? from : to;
        return doubled >= from && doubled <= longest && Backoff.Doubled(from, to, times + 1) >= doubled;
    }

    [Property]
    public bool Time_that_was_asked_for_is_kept_or_lengthened_by_a_tenth_at_most(uint milliseconds, ushort random)
    {
        TimeSpan asked = TimeSpan.FromMilliseconds(milliseconds);
        TimeSpan waited = Backoff.Asked(asked, random / 65536.0);
        return waited >= asked && waited <= asked * 1.1 && (waited == asked || waited <= FiveMinutes);
    }
}
