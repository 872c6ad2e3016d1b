using Unarr.Agents.Downlink.Deciding;
using Unarr.Pipelines.Pacing;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>What a stream shows, with a heartbeat of 15 seconds unless a test says another.</summary>
public sealed class StreamRecordTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);
    private static readonly TimeSpan Never = DownlinkMachine.Never;
    private static readonly TimeSpan Begun = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly HeartbeatInterval _heartbeat = new();

    [Fact]
    public void Stream_without_a_frame_is_suspect_when_the_grace_is_over()
    {
        StreamRecord stream = Stream();
        Assert.Equal((Begun + Grace, Never), (stream.SuspectDue(Grace), stream.LivenessDue(null)));
        stream.Open(At(3), null);
        Assert.Equal((Begun + Grace, At(43)), (stream.SuspectDue(Grace), stream.LivenessDue(null)));
        Assert.False(stream.HasFrames);
    }

    [Fact]
    public void First_frame_proves_a_stream_that_is_trusted()
    {
        StreamRecord stream = Stream(trusted: true);
        Frames(stream, 1);
        Assert.Equal((true, false), (stream.IsProven, stream.IsSuspect));
        Assert.Equal(At(1 + 18.75), stream.SuspectDue(Grace));
    }

    [Fact]
    public void First_frame_does_not_prove_a_trusted_stream_that_was_suspect_by_then()
    {
        StreamRecord stream = Stream(trusted: true);
        stream.Suspect();
        Frames(stream, 6);
        Assert.Equal((false, true), (stream.IsProven, stream.IsSuspect));
    }

    [Fact]
    public void Frames_over_four_fifths_of_an_interval_prove_a_stream()
    {
        StreamRecord stream = Stream();
        Frames(stream, 1);
        Assert.Equal((false, Never), (stream.IsProven, stream.SuspectDue(Grace)));
        Frames(stream, At(13) - Tick);
        Assert.False(stream.IsProven);
        Frames(stream, At(13));
        Assert.True(stream.IsProven);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void Gap_of_more_than_an_interval_and_a_quarter_begins_the_proof_anew(int ticks, bool isProven)
    {
        StreamRecord stream = Stream();
        Frames(stream, 1);
        Frames(stream, At(1 + 18.75) + (ticks * Tick));
        Assert.Equal(isProven, stream.IsProven);
    }

    [Fact]
    public void Stream_that_was_suspect_is_proven_again_by_frames_over_four_fifths_of_an_interval()
    {
        StreamRecord stream = Stream(trusted: true);
        Frames(stream, 1);
        stream.Suspect();
        Assert.Equal((true, false, Never), (stream.IsSuspect, stream.IsProven, stream.SuspectDue(Grace)));
        Frames(stream, 2);
        Frames(stream, At(14) - Tick);
        Assert.True(stream.IsSuspect);
        Frames(stream, At(14));
        Assert.Equal((false, true), (stream.IsSuspect, stream.IsProven));
    }

    [Fact]
    public void Silence_counts_from_the_last_frame_else_from_the_opening_else_from_the_beginning()
    {
        StreamRecord stream = Stream();
        Assert.Equal(TimeSpan.FromSeconds(2), stream.Silence(At(2)));
        stream.Open(At(2), null);
        Assert.Equal(TimeSpan.FromSeconds(1), stream.Silence(At(3)));
        Frames(stream, 3);
        Assert.Equal(TimeSpan.FromSeconds(4), stream.Silence(At(7)));
    }

    [Theory]
    [InlineData(0, 40)]
    [InlineData(10, 40)]
    [InlineData(16, 40)]
    [InlineData(17, 42.5)]
    [InlineData(60, 150)]
    public void Told_interval_makes_the_liveness_timeout_longer_than_40_seconds_and_never_shorter(int told, double seconds)
    {
        StreamRecord stream = Stream();
        stream.Open(Begun, null);
        Frames(stream, new DownlinkInput { At = At(1), ToldHeartbeat = TimeSpan.FromSeconds(told) });
        Assert.Equal(At(1 + seconds), stream.LivenessDue(null));
        Assert.Equal(At(1 + 7), stream.LivenessDue(TimeSpan.FromSeconds(7)));
    }

    [Fact]
    public void Learnt_interval_makes_it_two_and_a_half_of_it()
    {
        StreamRecord stream = Stream();
        stream.Open(Begun, null);
        Comment(stream, 1);
        Comment(stream, 11);
        Assert.Equal(At(11 + 25), stream.LivenessDue(null));
    }

    [Fact]
    public void First_frames_that_tell_no_interval_take_back_what_an_earlier_stream_was_told()
    {
        _heartbeat.Tell(TimeSpan.FromSeconds(60));
        StreamRecord stream = Stream();
        Frames(stream, 1);
        Assert.Equal(TimeSpan.FromSeconds(15), _heartbeat.Value);
        Frames(stream, new DownlinkInput { At = At(2), ToldHeartbeat = TimeSpan.FromSeconds(60) });
        Assert.Equal(TimeSpan.FromSeconds(15), _heartbeat.Value);
    }

    [Theory]
    [InlineData(250, false)]
    [InlineData(251, true)]
    public void Comment_right_behind_an_event_teaches_nothing(int milliseconds, bool isLearnt)
    {
        StreamRecord stream = Stream();
        Comment(stream, 1);
        Frames(stream, new DownlinkInput { At = At(11), EndsWithEvent = true });
        Comment(stream, 11 + (milliseconds / 1000.0));
        Assert.Equal(isLearnt, _heartbeat.IsLearnt);
    }

    [Fact]
    public void Comments_that_come_together_are_a_burst_and_teach_nothing()
    {
        StreamRecord stream = Stream();
        Comment(stream, 1);
        Frames(stream, new DownlinkInput { At = At(31), Comments = 3, BeginsWithComment = true });
        Assert.False(_heartbeat.IsLearnt);
    }

    [Fact]
    public void Time_stands_still_while_the_handler_is_busy()
    {
        StreamRecord stream = Stream(trusted: true);
        stream.Open(Begun, null);
        Comment(stream, 1);
        stream.Busy(At(2));
        stream.Busy(At(50));
        Assert.Equal((Never, Never), (stream.SuspectDue(Grace), stream.LivenessDue(null)));
        stream.Free(At(102));
        Assert.Equal((At(101 + 18.75), At(101 + 40)), (stream.SuspectDue(Grace), stream.LivenessDue(null)));
        Assert.Equal(TimeSpan.FromSeconds(1), stream.Silence(At(102)));

        Comment(stream, 111);
        Assert.Equal((TimeSpan.FromSeconds(10), true), (_heartbeat.Value, _heartbeat.IsLearnt));
    }

    [Fact]
    public void Grace_stands_still_while_the_handler_is_busy()
    {
        StreamRecord stream = Stream();
        stream.Open(At(1), null);
        stream.Busy(At(2));
        stream.Free(At(5));
        Assert.Equal((At(8), At(44)), (stream.SuspectDue(Grace), stream.LivenessDue(null)));
        stream.Free(At(9));
        Assert.Equal(At(8), stream.SuspectDue(Grace));
    }

    [Fact]
    public void Stream_has_lived_from_its_first_frame_to_its_last()
    {
        StreamRecord stream = Stream();
        Assert.Equal(TimeSpan.Zero, stream.Lived);
        Frames(stream, 3);
        Frames(stream, 8);
        Assert.Equal(TimeSpan.FromSeconds(5), stream.Lived);
    }

    [Fact]
    public void Stream_lived_an_interval_when_it_was_not_mute_for_most_of_it()
    {
        StreamRecord stream = Stream();
        Assert.False(stream.LivedAnInterval(At(100)));
        Frames(stream, 1);
        Frames(stream, At(13) - Tick);
        Assert.False(stream.LivedAnInterval(At(16)));
        Frames(stream, At(13));
        Assert.False(stream.LivedAnInterval(At(16) - Tick));
        Assert.True(stream.LivedAnInterval(At(16)));
    }

    [Fact]
    public void Mirror_is_the_one_that_it_was_opened_on()
    {
        StreamRecord stream = Stream();
        Assert.Null(stream.Mirror);
        stream.Open(Begun, new Uri("https://a.example"));
        Assert.Equal("a.example", stream.Mirror!.Host);
    }

    private static TimeSpan At(double seconds) => Begun + TimeSpan.FromSeconds(seconds);

    private static void Frames(StreamRecord stream, double seconds) => Frames(stream, At(seconds));

    private static void Frames(StreamRecord stream, TimeSpan at) => Frames(stream, new DownlinkInput { At = at });

    private static void Frames(StreamRecord stream, in DownlinkInput input) =>
        stream.Frames(input with { Kind = DownlinkInputKind.Frames });

    private static void Comment(StreamRecord stream, double seconds) =>
        Frames(stream, new DownlinkInput { At = At(seconds), Comments = 1, BeginsWithComment = true });

    private StreamRecord Stream(bool trusted = false) => new(Begun, trusted, _heartbeat, new LearntLife());
}
