using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Protocol;

namespace Unarr.EndToEnd.Tests.ControlPlane;

/// <summary>A stream of an agent that only applies what comes, while a sync hands controls out.</summary>
public sealed class DeliveryOrderTests
{
    private static readonly SyncManner Applies = new(After: null, Acknowledges: false);
    private static readonly SyncManner Acknowledges = new(After: null, Acknowledges: true);

    private readonly DeliveryOrder _order = new();
    private readonly StreamCursor _stream = new(after: null);

    public DeliveryOrderTests() => _order.Open(_stream);

    [Fact]
    public void Stream_is_held_until_nothing_was_pending_at_a_moment_since_it_opened()
    {
        Assert.Equal(CursorState.Held, _stream.State);
        Assert.False(_order.TryAdvance(_stream, [Record("c1")]));
        Assert.True(_order.TryRelease(_stream, Epoch));
        Assert.True(_order.TryAdvance(_stream, [Record("c1")]));
    }

    [Fact]
    public void Stream_is_not_released_while_a_hand_out_is_under_way()
    {
        long epoch = Epoch;
        _order.HandingOut(["c1"]);
        Assert.False(_order.TryRelease(_stream, epoch));
        Assert.False(_order.TryRelease(_stream, Epoch));

        Assert.True(_order.Answered(Applies, handedOut: true));
        Assert.False(_order.TryRelease(_stream, Epoch));
        Assert.True(_order.Answered(Applies, handedOut: false));
        Assert.Equal(CursorState.Carrying, _stream.State);
    }

    [Fact]
    public void Sync_that_acknowledges_releases_a_held_stream()
    {
        Assert.True(_order.Answered(Acknowledges, handedOut: true));
        Assert.Equal(CursorState.Carrying, _stream.State);
        Assert.False(_order.Answered(Acknowledges, handedOut: true));
    }

    [Theory]
    [InlineData("c1", "Carrying")]
    [InlineData("c1 c2", "Carrying")]
    [InlineData("c1 c2 c3", "Held")]
    [InlineData("c3", "Held")]
    public void Stream_is_held_by_a_hand_out_of_what_it_has_not_sent(string ids, string state)
    {
        Assert.True(_order.TryRelease(_stream, Epoch));
        Assert.True(_order.TryAdvance(_stream, [Record("c1"), Record("c2")]));
        _order.HandingOut(ids.Split(' '));
        Assert.Equal(state, _stream.State.ToString());
    }

    [Fact]
    public void Stream_of_an_agent_that_says_where_it_is_is_never_held()
    {
        StreamCursor other = new(after: "c0");
        _order.Open(other);
        _order.HandingOut(["c1"]);
        Assert.Equal((CursorState.Carrying, CursorState.Closed), (other.State, _stream.State));
        Assert.False(_order.TryAdvance(_stream, [Record("c1")]));
        Assert.True(_order.TryAdvance(other, [Record("c1")]));
    }

    [Fact]
    public void Stream_goes_on_after_the_last_that_it_has_sent_and_that_is_pending()
    {
        Assert.True(_order.TryRelease(_stream, Epoch));
        _order.TryAdvance(_stream, [Record("c1"), Record("c2"), Record("c3")]);
        _order.Forget(null, ["c3", "c1"]);
        Assert.Equal("c2", _order.PositionOf(_stream).After?.Id);
        _order.Forget(_stream, ["c2"]);
        Assert.Null(_order.PositionOf(_stream).After);
    }

    private long Epoch => _order.PositionOf(_stream).Epoch;

    private static ControlRecord Record(string id) =>
        new() { AgentId = "a1", Control = new Control("pause") { Id = id }, State = ControlState.Pending };
}
