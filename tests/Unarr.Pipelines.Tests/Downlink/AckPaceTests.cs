using Unarr.Agents.Downlink.Syncing;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

public sealed class AckPaceTests
{
    private static readonly TimeSpan Now = TimeSpan.FromMinutes(1);

    private readonly AckPace _pace = new();

    [Fact]
    public void First_acknowledgement_is_due_after_20_ms() => Assert.Equal(Milliseconds(20), _pace.Due(Now, null, 0.5));

    [Theory]
    [InlineData(0, 200)]
    [InlineData(100, 100)]
    [InlineData(179, 21)]
    [InlineData(180, 20)]
    [InlineData(181, 20)]
    [InlineData(500, 20)]
    public void Next_one_is_due_200_ms_after_the_last_one_began_and_20_ms_from_now_at_the_earliest(int later, int due)
    {
        _pace.Begun(Now);
        Assert.Equal(Milliseconds(due), _pace.Due(Now + Milliseconds(later), null, 0.5));
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(1000, 0.25, 250)]
    [InlineData(59_999, 1, 59_999)]
    [InlineData(60_000, 1, 60_000)]
    [InlineData(60_001, 1, 60_000)]
    [InlineData(3_600_000, 0.5, 30_000)]
    public void Command_may_spread_it_over_at_most_a_minute(int within, double random, int due) =>
        Assert.Equal(Milliseconds(due), _pace.Due(Now, Milliseconds(within), random));

    [Fact]
    public void Command_that_allows_no_time_does_not_outrank_the_200_ms()
    {
        _pace.Begun(Now);
        Assert.Equal(Milliseconds(200), _pace.Due(Now, TimeSpan.Zero, 0.5));
        Assert.Equal(Milliseconds(200), _pace.Due(Now, Milliseconds(400), 0.5));
        Assert.Equal(Milliseconds(201), _pace.Due(Now, Milliseconds(402), 0.5));
    }

    private static TimeSpan Milliseconds(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
