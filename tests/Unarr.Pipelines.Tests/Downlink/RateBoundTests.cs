using FsCheck.Xunit;
using Unarr.Pipelines.Pacing;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

public sealed class RateBoundTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(10)]
    public void So_many_go_at_once_and_the_next_one_waits_an_interval(int atOnce)
    {
        var bound = new RateBound(atOnce, Interval);
        for (int taken = 0; taken < atOnce; taken++)
        {
            Assert.Equal(TimeSpan.Zero, bound.Wait(TimeSpan.Zero));
            bound.Take(TimeSpan.Zero);
        }

        Assert.Equal(Interval, bound.Wait(TimeSpan.Zero));
        Assert.Equal(Tick, bound.Wait(Interval - Tick));
        Assert.Equal(TimeSpan.Zero, bound.Wait(Interval));
    }

    [Fact]
    public void One_that_goes_when_its_time_has_come_makes_the_next_one_wait_an_interval_again()
    {
        RateBound bound = Taken(3, times: 3);
        bound.Take(Interval);
        Assert.Equal(Interval, bound.Wait(Interval));
        Assert.Equal(TimeSpan.Zero, bound.Wait(2 * Interval));
    }

    [Fact]
    public void Rest_of_any_length_allows_so_many_at_once_and_no_more()
    {
        RateBound bound = Taken(3, times: 3);
        TimeSpan later = TimeSpan.FromDays(1000);
        for (int taken = 0; taken < 3; taken++)
        {
            Assert.Equal(TimeSpan.Zero, bound.Wait(later));
            bound.Take(later);
        }

        Assert.Equal(Interval, bound.Wait(later));
    }

    [Fact]
    public void Rest_of_two_intervals_allows_two_at_once()
    {
        RateBound bound = Taken(3, times: 3);
        bound.Take(2 * Interval);
        Assert.Equal(TimeSpan.Zero, bound.Wait(2 * Interval));
        bound.Take(2 * Interval);
        Assert.Equal(Interval, bound.Wait(2 * Interval));
    }

    [Property]
    public bool Any_run_of_more_than_so_many_takes_an_interval_for_each_further_one(byte atOnce, ushort[] pauses)
    {
        int most = (atOnce % 8) + 1;
        var bound = new RateBound(most, Interval);
        List<TimeSpan> taken = [];
        TimeSpan now = TimeSpan.Zero;
        foreach (ushort pause in pauses)
        {
            now += TimeSpan.FromMilliseconds(pause % 3000);
            TimeSpan wait = bound.Wait(now);
            if (wait > Interval || wait < TimeSpan.Zero)
            {
                return false;
            }

            now += wait;
            bound.Take(now);
            taken.Add(now);
        }

        return Enumerable.Range(0, taken.Count).All(
            first => Enumerable.Range(first, taken.Count - first).All(
                last => taken[last] - taken[first] >= (last - first + 1 - most) * Interval));
    }

    private static RateBound Taken(int atOnce, int times)
    {
        var bound = new RateBound(atOnce, Interval);
        for (int taken = 0; taken < times; taken++)
        {
            bound.Take(TimeSpan.Zero);
        }

        return bound;
    }
}
