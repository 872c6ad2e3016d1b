using Microsoft.Extensions.Time.Testing;
using Unarr.Agents.Hub.Agents;

namespace Unarr.EndToEnd.Tests.ControlPlane;

public sealed class PollHoldsTests : IDisposable
{
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(28);
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);
    private static readonly TimeSpan Together = TimeSpan.FromMilliseconds(100);

    private readonly FakeTimeProvider _time = new();
    private readonly PollHolds _holds;

    public PollHoldsTests() => _holds = new PollHolds(Hold, _time);

    [Fact]
    public void Poll_is_held_for_its_time_and_not_a_tick_shorter()
    {
        HeldPoll poll = _holds.Add();
        _time.Advance(Hold - Tick);
        Assert.False(poll.Answer.IsCompleted);
        _time.Advance(Tick);
        AssertAnswered(PollAnswer.Nothing, poll);
    }

    [Fact]
    public void Polls_due_within_100_ms_of_each_other_are_answered_together_and_later_ones_in_their_time()
    {
        HeldPoll first = _holds.Add();
        _time.Advance(Together);
        HeldPoll together = _holds.Add();
        _time.Advance(Tick);
        HeldPoll later = _holds.Add();

        _time.Advance(Hold - Together - Tick);
        AssertAnswered(PollAnswer.Nothing, first);
        AssertAnswered(PollAnswer.Nothing, together);
        Assert.False(later.Answer.IsCompleted);
        _time.Advance(Together);
        Assert.False(later.Answer.IsCompleted);
        _time.Advance(Tick);
        AssertAnswered(PollAnswer.Nothing, later);
    }

    [Fact]
    public void Polls_that_are_held_shortly_are_answered_together_within_a_hundredth_of_that()
    {
        using PollHolds holds = new(TimeSpan.FromSeconds(1), _time);
        HeldPoll first = holds.Add();
        _time.Advance(TimeSpan.FromMilliseconds(10));
        HeldPoll together = holds.Add();
        _time.Advance(Tick);
        HeldPoll later = holds.Add();
        _time.Advance(TimeSpan.FromMilliseconds(990) - Tick);
        Assert.Equal((true, true, false), (first.Answer.IsCompleted, together.Answer.IsCompleted, later.Answer.IsCompleted));
    }

    [Fact]
    public void Poll_that_was_removed_is_not_answered_and_the_next_one_is_not_late()
    {
        HeldPoll removed = _holds.Add();
        _time.Advance(TimeSpan.FromSeconds(10));
        HeldPoll next = _holds.Add();
        _holds.Remove(removed);
        _holds.Remove(removed);

        _time.Advance(Hold - TimeSpan.FromSeconds(10));
        _time.Advance(TimeSpan.FromSeconds(10) - Tick);
        Assert.False(next.Answer.IsCompleted);
        _time.Advance(Tick);
        AssertAnswered(PollAnswer.Nothing, next);
        Assert.False(removed.Answer.IsCompleted);
    }

    [Fact]
    public void Poll_after_all_others_were_removed_has_its_whole_time()
    {
        HeldPoll removed = _holds.Add();
        _holds.Remove(removed);
        _time.Advance(TimeSpan.FromSeconds(20));
        HeldPoll poll = _holds.Add();
        _time.Advance(TimeSpan.FromSeconds(8));
        _time.Advance(Hold - TimeSpan.FromSeconds(8) - Tick);
        Assert.False(poll.Answer.IsCompleted);
        _time.Advance(Tick);
        AssertAnswered(PollAnswer.Nothing, poll);
    }

    [Fact]
    public void First_answer_counts()
    {
        HeldPoll poll = _holds.Add();
        Assert.True(poll.TryAnswer(PollAnswer.Wake));
        Assert.False(poll.TryAnswer(PollAnswer.Gone));
        _time.Advance(Hold);
        AssertAnswered(PollAnswer.Wake, poll);
    }

    [Fact]
    public void Closing_answers_every_poll_and_every_one_to_come()
    {
        HeldPoll[] polls = [_holds.Add(), _holds.Add()];
        _holds.Close();
        Assert.All(polls, poll => AssertAnswered(PollAnswer.Nothing, poll));
        AssertAnswered(PollAnswer.Nothing, _holds.Add());
    }

    public void Dispose() => _holds.Dispose();

    private static void AssertAnswered(PollAnswer answer, HeldPoll poll)
    {
        Assert.True(poll.Answer.IsCompletedSuccessfully);
        Assert.Equal(answer, poll.Answer.Result);
    }
}
