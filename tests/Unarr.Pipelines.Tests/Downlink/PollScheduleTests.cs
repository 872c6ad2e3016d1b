using Unarr.Pipelines.Downlink;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

public sealed class PollScheduleTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);
    private static readonly TimeSpan Never = DownlinkMachine.Never;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly PollSchedule _polls;
    private TimeSpan _now = TimeSpan.FromMinutes(10);
    private double _random = 1;

    public PollScheduleTests() => _polls = new PollSchedule(TimeSpan.FromSeconds(5), () => _random);

    [Fact]
    public void Poll_that_is_wanted_is_due_at_once_and_not_while_it_is_in_flight()
    {
        Assert.Equal(Never, _polls.Due);
        _polls.Wanted(_now);
        Assert.Equal((_now, false), (_polls.Due, _polls.IsFailing));
        _polls.Asked(_now);
        Assert.Equal(Never, _polls.Due);
        _polls.BringForward(_now + Second);
        Assert.Equal(Never, _polls.Due);
    }

    [Fact]
    public void Poll_that_was_held_for_a_second_is_asked_again_at_once_however_often()
    {
        for (int poll = 0; poll < 10; poll++)
        {
            Ask();
            Answer(after: Second);
            Assert.Equal((_now, false, true), (_polls.Due, _polls.IsPaused, _polls.IsCovering));
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 0)]
    [InlineData(4, 5)]
    [InlineData(5, 10)]
    [InlineData(6, 20)]
    [InlineData(7, 30)]
    [InlineData(20, 30)]
    public void Poll_that_is_answered_sooner_three_times_is_asked_with_growing_delays(int answers, int delay)
    {
        AnswerQuickly(answers);
        Assert.Equal(_now + TimeSpan.FromSeconds(delay), _polls.Due);
        Assert.Equal((answers > 3, answers <= 3), (_polls.IsPaused, _polls.IsCovering));
    }

    [Fact]
    public void Delays_have_jitter_of_up_to_a_half()
    {
        _random = 0;
        AnswerQuickly(4);
        Assert.Equal(_now + TimeSpan.FromSeconds(2.5), _polls.Due);
    }

    [Fact]
    public void One_poll_that_is_held_ends_the_delays()
    {
        AnswerQuickly(6);
        Ask();
        Answer(after: Second);
        Assert.Equal((_now, true), (_polls.Due, _polls.IsCovering));
        AnswerQuickly(3);
        Assert.Equal(_now, _polls.Due);
    }

    [Fact]
    public void Poll_after_too_quick_answers_shows_after_a_second_that_it_is_held()
    {
        AnswerQuickly(3);
        Ask();
        Assert.Equal(Never, _polls.HeldDue);
        Answer(after: Second - Tick);
        Ask();
        Assert.Equal((_now + Second, false), (_polls.HeldDue, _polls.IsCovering));
        _polls.Held();
        Assert.Equal((Never, true, false), (_polls.HeldDue, _polls.IsCovering, _polls.IsPaused));
    }

    [Fact]
    public void First_poll_on_a_path_covers_nothing_once_it_is_unanswered_for_30_seconds()
    {
        Ask();
        Assert.Equal((_now + TimeSpan.FromSeconds(30), true), (_polls.OverdueDue, _polls.IsCovering));
        _polls.Overdue();
        Assert.Equal((Never, false), (_polls.OverdueDue, _polls.IsCovering));
        Answer(after: TimeSpan.FromSeconds(40));
        Assert.True(_polls.IsCovering);
        Ask();
        Assert.Equal(Never, _polls.OverdueDue);
    }

    [Fact]
    public void Failures_are_asked_again_with_growing_delays_until_an_answer()
    {
        foreach (int delay in new[] { 5, 10, 20, 30, 30 })
        {
            Ask();
            Assert.False(Fail());
            Assert.Equal((_now + TimeSpan.FromSeconds(delay), true, false), (_polls.Due, _polls.IsFailing, _polls.IsCovering));
        }

        Ask();
        Assert.Equal((Never, Never), (_polls.HeldDue, _polls.OverdueDue));
        Answer(after: Second);
        Assert.Equal((_now, false), (_polls.Due, _polls.IsFailing));
        Ask();
        Fail();
        Assert.Equal(_now + TimeSpan.FromSeconds(5), _polls.Due);
    }

    [Fact]
    public void Time_that_the_server_asked_for_outlasts_a_stop_and_what_would_bring_the_poll_forward()
    {
        _random = 0;
        Ask();
        Fail(retryAfter: TimeSpan.FromMinutes(1));
        TimeSpan until = _now + TimeSpan.FromMinutes(1);
        Assert.Equal(until, _polls.Due);
        _polls.BringForward(_now + Second);
        Assert.Equal(until, _polls.Due);

        _polls.Stopped();
        Assert.Equal((Never, false), (_polls.Due, _polls.IsFailing));
        _polls.Wanted(until - Tick);
        Assert.Equal((until, true), (_polls.Due, _polls.IsFailing));
        _polls.Wanted(until);
        Assert.Equal((until, false), (_polls.Due, _polls.IsFailing));
        _polls.BringForward(until + Second);
        Assert.Equal(until + Second, _polls.Due);
    }

    [Theory]
    [InlineData(4, 5)]
    [InlineData(5, 5)]
    [InlineData(6, 6)]
    [InlineData(30, 30)]
    [InlineData(31, 30)]
    public void Failed_poll_lets_something_else_go_first_for_30_seconds_from_its_failure_at_most(int putOff, int due)
    {
        Ask();
        Fail();
        _polls.PutOff(_now + TimeSpan.FromSeconds(putOff));
        Assert.Equal(_now + TimeSpan.FromSeconds(due), _polls.Due);
    }

    [Fact]
    public void Poll_that_was_held_and_cut_is_an_answer()
    {
        Ask();
        Fail();
        Ask();
        _now += TimeSpan.FromSeconds(6);
        Assert.True(_polls.Failed(new DownlinkInput(DownlinkInputKind.PollFailed, _now) { Failure = PollFailure.Cut }));
        Assert.Equal((_now, false, true), (_polls.Due, _polls.IsFailing, _polls.IsCovering));
    }

    [Fact]
    public void Refused_key_is_asked_again_after_the_time_that_was_said()
    {
        Ask();
        _polls.Refused(_now, TimeSpan.FromSeconds(33));
        Assert.Equal((_now + TimeSpan.FromSeconds(33), true, Never), (_polls.Due, _polls.IsFailing, _polls.OverdueDue));
    }

    [Fact]
    public void Stop_forgets_failures_and_too_quick_answers()
    {
        AnswerQuickly(5);
        Ask();
        Fail();
        _polls.Stopped();
        _polls.Wanted(_now);
        Assert.Equal((_now, true), (_polls.Due, _polls.IsCovering));
        AnswerQuickly(3);
        Assert.Equal(_now, _polls.Due);
        Ask();
        Fail();
        Assert.Equal(_now + TimeSpan.FromSeconds(5), _polls.Due);
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    public void Quick_wakes_are_real_when_a_control_came_since_the_first_was_asked_for(int ticks, bool isPaused)
    {
        TimeSpan asked = _now;
        AnswerQuickly(5, wake: true);
        _polls.Synced(_now + Second, begun: _now, controlsCame: asked + (ticks * Tick));
        Assert.Equal(isPaused, _polls.IsPaused);
        Assert.Equal(!isPaused, _polls.Due == _now + Second);
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    public void Quick_wakes_are_judged_by_a_sync_that_began_when_the_last_had_come(int ticks, bool isPaused)
    {
        AnswerQuickly(4, wake: true);
        Assert.Equal((false, true), (_polls.IsPaused, _polls.IsCovering));
        _polls.Synced(_now + Second, begun: _now + (ticks * Tick), controlsCame: null);
        Assert.Equal((isPaused, !isPaused), (_polls.IsPaused, _polls.IsCovering));
    }

    [Fact]
    public void Failing_poll_is_not_brought_forward_by_a_control_that_a_wake_was_real_for()
    {
        TimeSpan asked = _now;
        AnswerQuickly(2, wake: true);
        Ask();
        Fail();
        TimeSpan due = _polls.Due;
        _polls.Synced(_now + Second, begun: _now, controlsCame: asked);
        Assert.Equal(due, _polls.Due);
    }

    private void Ask() => _polls.Asked(_now);

    private void Answer(TimeSpan after, bool wake = false)
    {
        _now += after;
        _polls.Answered(_now, wake, controlsCame: null);
    }

    private void AnswerQuickly(int times, bool wake = false)
    {
        for (int answer = 0; answer < times; answer++)
        {
            Ask();
            Answer(after: Second - Tick, wake);
        }
    }

    private bool Fail(TimeSpan retryAfter = default) =>
        _polls.Failed(new DownlinkInput(DownlinkInputKind.PollFailed, _now) { RetryAfter = retryAfter });
}
