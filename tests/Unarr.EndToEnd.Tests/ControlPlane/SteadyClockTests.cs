using Microsoft.Extensions.Time.Testing;
using Unarr.Agents.Hub.Signals;

namespace Unarr.EndToEnd.Tests.ControlPlane;

public sealed class SteadyClockTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Theory]
    [InlineData(-2)]
    [InlineData(0)]
    [InlineData(3)]
    public void Age_that_is_shown_stays_right_when_the_wall_clock_is_set(int hours)
    {
        FakeTimeProvider passing = new();
        ShiftedTimeProvider time = new(passing);
        SteadyClock clock = new(time);
        DateTimeOffset seen = clock.GetUtcNow();
        time.Shift = hours * Hour;
        passing.Advance(Hour);

        Assert.Equal(Hour, clock.WallNow() - clock.ToWall(seen));
        Assert.Equal(time.GetUtcNow(), clock.WallNow());
    }

    [Fact]
    public void What_is_shown_does_not_change_by_the_clocks_own_difference()
    {
        ShiftedTimeProvider time = new(new FakeTimeProvider());
        SteadyClock clock = new(time);
        DateTimeOffset moment = clock.GetUtcNow();
        DateTimeOffset shown = clock.ToWall(moment);
        time.Shift = TimeSpan.FromMilliseconds(400);
        Assert.Equal(shown, clock.ToWall(moment));
    }
}
