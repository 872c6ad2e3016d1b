using Unarr.Agents.Downlink.ControlPlane;
using Xunit;

namespace Unarr.Pipelines.Tests.Http;

/// <summary>Whether a refused key is replaced is a state: it is the same whenever it is asked for.</summary>
public sealed class KeyRotationTests
{
    private readonly KeyRotation _rotation = new();
    private readonly ObservedTime _time = new();

    [Fact]
    public void New_key_that_is_accepted_after_a_refusal_replaces_it()
    {
        KeyStamp refused = _rotation.Stamp("old");
        Accept("new");

        Assert.True(_rotation.IsReplaced(refused));
    }

    [Fact]
    public void Key_that_is_accepted_while_the_refused_request_is_under_way_replaces_it()
    {
        Accept("old");
        KeyStamp refused = _rotation.Stamp("old");
        KeyStamp heldPoll = _rotation.Stamp("old");
        Accept("new");
        _rotation.Accepted(heldPoll);

        Assert.True(_rotation.IsReplaced(refused));
    }

    [Fact]
    public void Other_mirror_that_refuses_the_new_key_hides_no_acceptance()
    {
        KeyStamp refused = _rotation.Stamp("old");
        KeyStamp refusedElsewhere = _rotation.Stamp("new");
        Accept("new");

        Assert.True(_rotation.IsReplaced(refused));
        Assert.False(_rotation.IsReplaced(refusedElsewhere));
    }

    [Fact]
    public void Key_that_one_endpoint_refuses_and_another_accepts_is_no_rotation()
    {
        KeyStamp refused = _rotation.Stamp("same");
        Accept("same");
        Accept("same");

        Assert.False(_rotation.IsReplaced(refused));
    }

    [Fact]
    public void Key_that_was_accepted_before_the_request_was_sent_replaces_nothing()
    {
        Accept("other");
        KeyStamp refused = _rotation.Stamp("bad");
        Accept("other");

        Assert.False(_rotation.IsReplaced(refused));
    }

    [Fact]
    public void Key_that_is_accepted_again_where_it_was_refused_replaces_every_earlier_refusal()
    {
        KeyStamp refused = _rotation.Stamp("same");
        _rotation.Restored();

        Assert.True(_rotation.IsReplaced(refused));
        Assert.False(_rotation.IsReplaced(_rotation.Stamp("same")));
    }

    [Fact]
    public async Task Wait_for_what_has_happened_already_is_none()
    {
        KeyStamp refused = _rotation.Stamp("old");
        Accept("new");

        Assert.True(await _rotation.ReplacedAsync(refused, TimeSpan.FromMinutes(15), _time, CancellationToken.None));
        Assert.Equal(0, _time.LiveTimers);
    }

    [Fact]
    public async Task Wait_ends_with_the_acceptance_of_another_key_and_not_with_that_of_the_refused_one()
    {
        Task<bool> replaced = _rotation.ReplacedAsync(_rotation.Stamp("old"), TimeSpan.FromMinutes(15), _time, CancellationToken.None);
        Accept("old");
        await _time.ArmedAsync(TimeSpan.FromMinutes(15));
        Assert.False(replaced.IsCompleted);
        Accept("new");

        Assert.True(await Signal.Of(replaced, "the replacement"));

        // The runtime gives the timer of a wait back just after the wait has ended.
        Assert.True(SpinWait.SpinUntil(() => _time.LiveTimers == 0, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Wait_ends_when_its_time_is_over()
    {
        Task<bool> replaced = _rotation.ReplacedAsync(_rotation.Stamp("old"), TimeSpan.FromSeconds(30), _time, CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.False(await Signal.Of(replaced, "the end of the wait"));
    }

    private void Accept(string key) => _rotation.Accepted(_rotation.Stamp(key));
}
