using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Deciding;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>"An unhealthy stream moves its own off the mirror it was opened on."</summary>
public sealed class HedgingMachineMirrorTests
{
    private static readonly Uri Mirror = new("https://b.example");

    private readonly HedgingMachine _machine = new(new DownlinkSettings { AgentId = "a", Mode = DownlinkMode.Stream }, () => 0.5);

    public HedgingMachineMirrorTests() => _machine.Apply(new DownlinkInput(DownlinkInputKind.Start));

    [Fact]
    public void Mute_stream_moves_off_the_mirror_that_it_was_opened_on()
    {
        _machine.Apply(new DownlinkInput(DownlinkInputKind.StreamOpened, default, 1) { Mirror = Mirror });
        _machine.Apply(new DownlinkInput(DownlinkInputKind.Due, TimeSpan.FromSeconds(5)));

        Assert.Equal([Mirror], Moves(new DownlinkInput(DownlinkInputKind.Due, TimeSpan.FromSeconds(40))));
    }

    [Fact]
    public void Stream_that_one_mirror_has_refused_moves_off_that_mirror() =>
        Assert.Equal(
            [Mirror], Moves(new DownlinkInput(DownlinkInputKind.StreamEnded, default, 1) { End = StreamEnd.NotOpened, Mirror = Mirror }));

    [Fact]
    public void Stream_that_no_mirror_opened_has_moved_already() =>
        Assert.Empty(Moves(new DownlinkInput(DownlinkInputKind.StreamEnded, default, 1) { End = StreamEnd.NotOpened }));

    private List<Uri?> Moves(in DownlinkInput input) =>
        [.. _machine.Apply(input).Where(effect => effect.Kind == DownlinkEffectKind.MoveStream).Select(effect => effect.Mirror)];
}
