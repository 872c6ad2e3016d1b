using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Deciding;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

public sealed class AttemptScheduleTests
{
    private static readonly TimeSpan At = TimeSpan.FromHours(1);

    [Theory]
    [InlineData(0, 270)]
    [InlineData(200, 270)]
    [InlineData(290, 290)]
    public void Window_ends_no_sooner_than_the_server_asked_for(double asked, double due)
    {
        AttemptSchedule attempts = Make(syncInterval: 10, random: 0);
        attempts.Plan(AttemptRule.Window, At, S(asked), TimeSpan.FromMinutes(5));
        Assert.Equal(At + S(due), attempts.Due);
    }

    [Theory]
    [InlineData(10, 9.5)]
    [InlineData(20, 4)]
    public void Attempts_are_spread_over_what_the_sync_interval_leaves_of_30_seconds(double syncInterval, double due)
    {
        AttemptSchedule attempts = Make(syncInterval, random: 0.5);
        attempts.Plan(AttemptRule.Backoff, At, TimeSpan.Zero, TimeSpan.Zero);
        Assert.True(attempts.Spread(At));
        Assert.Equal(At + S(due), attempts.Due);
    }

    [Fact]
    public void Nothing_is_spread_where_the_sync_interval_leaves_nothing()
    {
        AttemptSchedule attempts = Make(syncInterval: 60, random: 0.5);
        attempts.Plan(AttemptRule.Backoff, At, TimeSpan.Zero, TimeSpan.Zero);
        TimeSpan due = attempts.Due;
        Assert.False(attempts.Spread(At));
        Assert.Equal(due, attempts.Due);
    }

    [Fact]
    public void What_the_server_asked_for_is_not_moved()
    {
        AttemptSchedule attempts = Make(syncInterval: 10, random: 0.5);
        attempts.Plan(AttemptRule.Backoff, At, S(100), TimeSpan.Zero);
        Assert.False(attempts.Spread(At));
        attempts.BringForward(At);
        Assert.Equal(At + S(105), attempts.Due);
    }

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);

    private static AttemptSchedule Make(double syncInterval, double random) =>
        new(new DownlinkSettings { AgentId = "agent", SyncInterval = S(syncInterval) }, new RefusalSchedule(() => random), () => random);
}
