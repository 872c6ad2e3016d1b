using Unarr.Agents.Downlink.Deciding;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

public sealed class PathRecordTests
{
    private readonly PathRecord _record = new(TimeSpan.FromMinutes(5));

    [Fact]
    public void Path_is_trusted_at_first()
    {
        Assert.Equal((0, true, false, 5), Now);
    }

    [Fact]
    public void Unhealthy_streams_are_counted_and_end_the_trust()
    {
        _record.Take(PathCredit.Charged);
        Assert.Equal((1, false, true, 5), Now);
        _record.Take(PathCredit.Charged);
        Assert.Equal((2, false, true, 5), Now);
    }

    [Fact]
    public void Window_doubles_to_half_an_hour_until_the_path_is_trusted_again()
    {
        foreach (int minutes in (int[])[10, 20, 30, 30])
        {
            _record.Take(PathCredit.Doubled);
            Assert.Equal(minutes, Now.Minutes);
        }

        Assert.Equal((4, false, true, 30), Now);
        _record.Take(PathCredit.Trusted);
        Assert.Equal((0, true, false, 5), Now);
    }

    [Fact]
    public void Stream_that_is_forgiven_ends_the_count_and_proves_nothing()
    {
        _record.Take(PathCredit.Doubled);
        _record.Take(PathCredit.Forgiven);
        Assert.Equal((0, false, false, 10), Now);
        _record.Take(PathCredit.Charged);
        _record.Excuse();
        Assert.Equal((0, false, false, 10), Now);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_came_since_the_control_plane_was_last_reached_can_be_excused(bool byStream)
    {
        _record.Take(PathCredit.Charged);
        Assert.True(_record.IsCharged);
        _record.Reached();
        Assert.False(_record.IsCharged);
        _record.Take(PathCredit.Charged);
        if (byStream)
        {
            _record.Take(PathCredit.Excused);
        }
        else
        {
            _record.Excuse();
        }

        Assert.Equal((1, false, false, 5), Now);
    }

    [Fact]
    public void Trust_that_a_suspect_stream_ended_can_be_excused_too()
    {
        _record.Distrust();
        Assert.Equal((0, false, false, 5), Now);
        _record.Excuse();
        Assert.Equal((0, true, false, 5), Now);
    }

    private (int Failures, bool IsTrusted, bool IsCharged, int Minutes) Now =>
        (_record.Failures, _record.IsTrusted, _record.IsCharged, (int)_record.Window.TotalMinutes);
}
