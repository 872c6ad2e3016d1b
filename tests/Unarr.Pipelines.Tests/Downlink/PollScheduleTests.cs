using Unarr.Agents.Downlink.Deciding;
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
    public void Poll_that_is_wanted_is_asked_at_once_and_not_again_while_it_is_in_flight()
    {
        Assert.Equal((Never, false), (_polls.Due, _polls.IsInFlight));
        Want();
        Assert.Equal((Never, true, false), (_polls.Due, _polls.IsInFlight, _polls.IsFailing));
        _polls.BringForward(_now + Second);
        Assert.Equal(Never, _polls.Due);
    }

    [Fact]
    public void Poll_that_was_held_for_a_second_is_asked_again_at_once_however_often()
    {
        Want();
        for (int poll = 0; poll < 10; poll++)
        {
            Answer(after: Second);
            Assert.Equal((true, false, true), (_polls.IsInFlight, _polls.IsPaused, _polls.IsCovering));
        }
    }

    [Theory]
    [InlineData(4, 5)]
    [InlineData(5, 10)]
    [InlineData(6, 20)]
    [InlineData(7, 30)]
    [InlineData(20, 30)]
    public void Poll_that_is_answered_sooner_more_than_three_times_is_asked_with_growing_delays(int answers, int delay)
    {
        Want();
        AnswerQuickly(answers);
        Assert.Equal(_now + TimeSpan.FromSeconds(delay), _polls.Due);
        Assert.Equal((true, false, false), (_polls.IsPaused, _polls.IsCovering, _polls.IsInFlight));
        WaitUntil(_polls.Due - Tick);
        Assert.False(_polls.IsInFlight);
        WaitUntil(_polls.Due);
        Assert.True(_polls.IsInFlight);
    }

    [Fact]
    public void Three_quick_answers_in_a_row_are_asked_again_at_once()
    {
        Want();
        AnswerQuickly(3);
        Assert.Equal((true, false, true), (_polls.IsInFlight, _polls.IsPaused, _polls.IsCovering));
    }

    [Fact]
    public void Delays_have_jitter_of_up_to_a_half()
    {
        _random = 0;
        Want();
        AnswerQuickly(4);
        Assert.Equal(_now + TimeSpan.FromSeconds(2.5), _polls.Due);
    }

    [Fact]
    public void One_poll_that_is_held_ends_the_delays()
    {
        Want();
        AnswerQuickly(6);
        WaitUntil(_polls.Due);
        Answer(after: Second);
        Assert.Equal((true, true), (_polls.IsInFlight, _polls.IsCovering));
        AnswerQuickly(3);
        Assert.True(_polls.IsInFlight);
    }

    [Fact]
    public void Poll_after_too_quick_answers_shows_after_a_second_that_it_is_held()
    {
        Want();
        Answer(after: Second);
        AnswerQuickly(3);
        Assert.Equal(Never, _polls.NextDue);
        AnswerQuickly(1);
        WaitUntil(_polls.Due);
        Assert.Equal((_now + Second, false), (_polls.NextDue, _polls.IsCovering));
        WaitUntil(_now + Second - Tick);
        Assert.False(_polls.IsCovering);
        WaitUntil(_now + Tick);
        Assert.Equal((Never, true, false), (_polls.NextDue, _polls.IsCovering, _polls.IsPaused));
    }

    [Fact]
    public void First_poll_on_a_path_covers_nothing_once_it_is_unanswered_for_30_seconds()
    {
        Want();
        Assert.Equal((_now + TimeSpan.FromSeconds(30), true), (_polls.NextDue, _polls.IsCovering));
        WaitUntil(_now + TimeSpan.FromSeconds(30) - Tick);
        Assert.True(_polls.IsCovering);
        WaitUntil(_now + Tick);
        Assert.Equal((Never, false), (_polls.NextDue, _polls.IsCovering));
        Answer(after: TimeSpan.FromSeconds(40));
        Assert.Equal((Never, true), (_polls.NextDue, _polls.IsCovering));
    }

    [Fact]
    public void Failures_are_asked_again_with_growing_delays_until_an_answer()
    {
        Want();
        foreach (int delay in new[] { 5, 10, 20, 30, 30 })
        {
            _polls.Failed(_now, TimeSpan.Zero);
            Assert.Equal((_now + TimeSpan.FromSeconds(delay), true, false), (_polls.Due, _polls.IsFailing, _polls.IsCovering));
            WaitUntil(_polls.Due);
        }

        Assert.Equal((Never, true), (_polls.NextDue, _polls.IsInFlight));
        Answer(after: Second);
        Assert.Equal((true, false), (_polls.IsInFlight, _polls.IsFailing));
        _polls.Failed(_now, TimeSpan.Zero);
        Assert.Equal(_now + TimeSpan.FromSeconds(5), _polls.Due);
    }

    [Fact]
    public void Time_that_the_server_asked_for_outlasts_a_stop_and_what_would_bring_the_poll_forward()
    {
        _random = 0;
        Want();
        _polls.Failed(_now, TimeSpan.FromMinutes(1));
        TimeSpan until = _now + TimeSpan.FromMinutes(1);
        Assert.Equal(until, _polls.Due);
        _polls.BringForward(_now + Second);
        Assert.Equal(until, _polls.Due);

        _polls.Stop();
        Assert.Equal((Never, false, false), (_polls.Due, _polls.IsFailing, _polls.IsInFlight));
        _polls.Want(true, until - Tick);
        Assert.Equal((until, true, false), (_polls.Due, _polls.IsFailing, _polls.IsInFlight));
        _polls.Want(true, until);
        Assert.Equal((Never, false, true), (_polls.Due, _polls.IsFailing, _polls.IsInFlight));
    }

    [Theory]
    [InlineData(4, 5)]
    [InlineData(5, 5)]
    [InlineData(6, 6)]
    [InlineData(30, 30)]
    [InlineData(31, 30)]
    public void Failed_poll_lets_something_else_go_first_for_30_seconds_from_its_failure_at_most(int putOff, int due)
    {
        Want();
        _polls.Failed(_now, TimeSpan.Zero);
        _polls.PutOff(_now + TimeSpan.FromSeconds(putOff));
        Assert.Equal(_now + TimeSpan.FromSeconds(due), _polls.Due);
    }

    [Fact]
    public void Refused_key_is_asked_again_after_the_time_that_was_said()
    {
        Want();
        _polls.Refused(_now, TimeSpan.FromSeconds(33));
        Assert.Equal((_now + TimeSpan.FromSeconds(33), true, false), (_polls.NextDue, _polls.IsFailing, _polls.IsInFlight));
    }

    [Fact]
    public void Stop_forgets_failures_and_too_quick_answers()
    {
        Want();
        AnswerQuickly(5);
        WaitUntil(_polls.Due);
        _polls.Failed(_now, TimeSpan.Zero);
        _polls.Stop();
        Want();
        Assert.Equal((true, true), (_polls.IsInFlight, _polls.IsCovering));
        AnswerQuickly(3);
        Assert.True(_polls.IsInFlight);
        _polls.Failed(_now, TimeSpan.Zero);
        Assert.Equal(_now + TimeSpan.FromSeconds(5), _polls.Due);
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    public void Quick_wakes_are_real_when_a_control_came_since_the_first_was_asked_for(int ticks, bool isPaused)
    {
        TimeSpan asked = _now;
        Want();
        AnswerQuickly(5, wake: true);
        _polls.Synced(_now + Second, begun: _now, controlsCame: asked + (ticks * Tick));
        Assert.Equal((isPaused, !isPaused), (_polls.IsPaused, _polls.IsInFlight));
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    public void Quick_wakes_are_judged_by_a_sync_that_began_when_the_last_had_come(int ticks, bool isPaused)
    {
        Want();
        AnswerQuickly(4, wake: true);
        Assert.Equal((false, true), (_polls.IsPaused, _polls.IsCovering));
        _polls.Synced(_now + Second, begun: _now + (ticks * Tick), controlsCame: null);
        Assert.Equal((isPaused, !isPaused), (_polls.IsPaused, _polls.IsCovering));
    }

    [Fact]
    public void Failing_poll_is_not_brought_forward_by_a_control_that_a_wake_was_real_for()
    {
        TimeSpan asked = _now;
        Want();
        AnswerQuickly(2, wake: true);
        _polls.Failed(_now, TimeSpan.Zero);
        TimeSpan due = _polls.Due;
        _polls.Synced(_now + Second, begun: _now, controlsCame: asked);
        Assert.Equal(due, _polls.Due);
    }

    private void Want() => _polls.Want(true, _now);

    private void WaitUntil(TimeSpan at)
    {
        _now = at;
        _polls.BeDue(_now);
    }

    private void Answer(TimeSpan after, bool wake = false)
    {
        _now += after;
        _polls.Answered(_now, wake, controlsCame: null);
    }

    private void AnswerQuickly(int times, bool wake = false)
    {
        for (int answer = 0; answer < times; answer++)
        {
            if (!_polls.IsInFlight)
            {
                WaitUntil(_polls.Due);
            }

            Answer(after: Second - Tick, wake);
        }
    }
}
