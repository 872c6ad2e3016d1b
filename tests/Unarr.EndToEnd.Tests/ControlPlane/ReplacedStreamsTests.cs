using Microsoft.Extensions.Time.Testing;
using Unarr.Agents.Hub.Agents;

namespace Unarr.EndToEnd.Tests.ControlPlane;

public sealed class ReplacedStreamsTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Streams_that_end_each_other_five_times_within_a_minute_are_said_once_an_hour()
    {
        ReplacedStreams replaced = new(_time);
        Assert.Equal([false, false, false, false, true], Replace(replaced, 5, TimeSpan.FromSeconds(10)));
        Assert.DoesNotContain(true, Replace(replaced, 100, TimeSpan.FromSeconds(10)));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Single(Replace(replaced, 50, TimeSpan.FromSeconds(10)), true);
    }

    [Fact]
    public void Stream_that_its_own_agent_replaces_now_and_then_is_not()
    {
        ReplacedStreams replaced = new(_time);
        Assert.DoesNotContain(true, Replace(replaced, 100, TimeSpan.FromSeconds(16)));
    }

    private bool[] Replace(ReplacedStreams replaced, int times, TimeSpan apart) =>
        [.. Enumerable.Range(0, times).Select(_ =>
        {
            _time.Advance(apart);
            return replaced.Note();
        })];
}
