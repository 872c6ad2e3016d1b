using Microsoft.Extensions.Time.Testing;
using Unarr.Agents.Hub.Agents;
using Unarr.Pipelines.Signals;
using HubAgent = Unarr.Agents.Hub.Agents.Agent;

namespace Unarr.EndToEnd.Tests.ControlPlane;

/// <summary>The wake of one agent, which is answered to one poll and lost by none.</summary>
public sealed class AgentTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly PollHolds _holds;
    private readonly PollGaps _gaps;
    private readonly HubAgent _agent;

    public AgentTests()
    {
        _holds = new PollHolds(TimeSpan.FromSeconds(28), _time);
        _gaps = new PollGaps(_time);
        _agent = new HubAgent("a1", _holds, _gaps, new ChangeSignal(), _time);
    }

    [Fact]
    public async Task Wake_whose_poll_s_agent_has_gone_answers_the_next_poll()
    {
        HeldPoll lost = Hold();
        _agent.Wake();
        _agent.Release(lost, await lost.Answer, agentIsGone: true);
        Assert.Equal(PollAnswer.Wake, await Hold().Answer.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.False(Hold().Answer.IsCompleted);
    }

    [Fact]
    public async Task Latched_wake_whose_poll_s_agent_has_gone_answers_the_next_poll()
    {
        _agent.Wake();
        HeldPoll lost = Hold();
        _agent.Release(lost, await lost.Answer, agentIsGone: true);
        Assert.True(Hold().Answer.IsCompleted);
    }

    [Fact]
    public async Task Wake_whose_poll_s_agent_has_gone_answers_another_poll_that_is_held_by_then()
    {
        HeldPoll lost = Hold();
        _agent.Wake();
        HeldPoll held = Hold();
        _agent.Release(lost, await lost.Answer, agentIsGone: true);
        Assert.Equal(PollAnswer.Wake, await held.Answer.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.False(Hold().Answer.IsCompleted);
    }

    [Fact]
    public async Task Wake_that_an_agent_has_got_answers_no_other_poll()
    {
        HeldPoll poll = Hold();
        _agent.Wake();
        _agent.Release(poll, await poll.Answer, agentIsGone: false);
        Assert.False(Hold().Answer.IsCompleted);
    }

    [Fact]
    public void Poll_that_ends_without_a_wake_leaves_none_behind()
    {
        _agent.Release(Hold(), PollAnswer.Gone, agentIsGone: true);
        Assert.False(Hold().Answer.IsCompleted);
    }

    [Fact]
    public void Poll_beyond_eight_is_refused_until_one_ends()
    {
        HeldPoll[] polls = [.. Enumerable.Range(0, 8).Select(_ => Hold())];
        Assert.Null(_agent.TryHold());
        _agent.Release(polls[0], PollAnswer.Gone, agentIsGone: true);
        Hold();
    }

    public void Dispose()
    {
        _agent.Dispose();
        _holds.Dispose();
        _gaps.Dispose();
    }

    private HeldPoll Hold()
    {
        HeldPoll? poll = _agent.TryHold();
        Assert.NotNull(poll);
        return poll;
    }
}
