using Unarr.Agents.Downlink.Syncing;
using Unarr.Pipelines.Pacing;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

public sealed class SyncPaceTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(0, 0, 54)]
    [InlineData(0, 0.5, 60)]
    [InlineData(0, 1, 66)]
    [InlineData(1, 0, 6)]
    [InlineData(1, 1, 66)]
    [InlineData(2, 0, 6)]
    [InlineData(3, 0, 6)]
    [InlineData(3, 0.5, 36)]
    [InlineData(4, 0, 54)]
    [InlineData(4, 1, 66)]
    public void Interval_has_10_percent_jitter_and_is_anything_after_the_first_three_failures(
        int failures, double random, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), SyncPace.Next(Interval, failures, random));

    [Theory]
    [InlineData(9, 0.5, 4.5)]
    [InlineData(10, 0.5, 5)]
    [InlineData(11, 0.5, 5)]
    [InlineData(60, 0, 0)]
    [InlineData(60, 1, 10)]
    public void Sync_for_a_route_that_is_back_comes_within_an_interval_and_within_10_seconds(int interval, double random, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), SyncPace.BroughtForward(TimeSpan.FromSeconds(interval), random));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.5, 1.5)]
    [InlineData(1, 2)]
    public void What_was_not_stored_is_listed_again_after_1_to_2_seconds(double random, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), SyncPace.NotStored(random));

    [Fact]
    public void Events_ask_for_ten_syncs_at_once_and_then_for_one_a_second()
    {
        RateBound events = SyncPace.Events();
        for (int sync = 0; sync < 10; sync++)
        {
            Assert.Equal(TimeSpan.Zero, events.Wait(TimeSpan.Zero));
            events.Take(TimeSpan.Zero);
        }

        Assert.Equal(TimeSpan.FromSeconds(1), events.Wait(TimeSpan.Zero));
    }
}
