extern alias UnarrAgent;

using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;




using UnarrAgent::Unarr.Agent.Live;
using UnarrAgent::Unarr.Agent.Output;

namespace Unarr.EndToEnd.Tests.Agent.Live;

public class LiveLinesTests
{
    private static readonly DownlinkStatus Live = Status(DownlinkState.Live, "frames arrive");

    private static DownlinkStatus Status(DownlinkState state, string reason) =>
        new() { Routes = DownlinkRoutes.Stream, State = state, Server = new Uri("https://control.example.com/"), Reason = reason };

    [Fact]
    public void State_becomes_lines()
    {
        LiveState state = new LiveState()
            .With(Live, Seconds(2))
            .With(21, Seconds(60))
            .With(new SyncReport { Reason = SyncReason.Start })
            .With(new SyncReport { Reason = SyncReason.Interval, Error = new DownlinkException(DownlinkError.Timeout, "late") })
            .With(new Control("pause", "t1"), ControlRoute.Sync, Seconds(5));

        Assert.Equal(
            [
                "sse, live for 1m 03s",
                "  mirror    https://control.example.com",
                "  why       frames arrive",
                "  heard     5s ago, 21 bytes of streams",
                "  counted   controls 1, syncs 2 (1 failed), changes of route 1",
                "    1m 00s ago  pause 't1' (via sync)",
            ],
            LiveLines.Of(state, Seconds(65), 80, 23, coloured: false));
    }

    [Fact]
    public void First_line_names_the_agent_and_one_byte_is_one_byte()
    {
        LiveState state = new LiveState { Agent = "web (a1)" }.With(Live, Seconds(2)).With(1, Seconds(3));

        IReadOnlyList<string> lines = LiveLines.Of(state, Seconds(5), 80, 23, coloured: false);

        Assert.Equal("web (a1): sse, live for 3s", lines[0]);
        Assert.Equal("  heard     2s ago, 1 byte of streams", lines[3]);
    }

    [Fact]
    public void Control_that_fails_says_so_and_is_counted_when_it_is_given_up()
    {
        Control control = new("pause", "t1");
        LiveState state = new LiveState().With(control, ControlRoute.Sync, Seconds(5)).With(
            new ControlResult(control, "exit code 1", 1, true));
        Assert.Equal("        0s ago  pause 't1' (via sync), try 1 failed: exit code 1", Lines(state)[^1]);
        Assert.Contains("controls 1, syncs", Lines(state)[4], StringComparison.Ordinal);

        Assert.Contains("controls 1 (1 failed), syncs", Lines(state.With(new ControlResult(control, "exit code 1", 3, false)))[4],
            StringComparison.Ordinal);
        Assert.EndsWith("(via sync)", Lines(state.With(new ControlResult(control, null, 2, false)))[^1], StringComparison.Ordinal);

        static IReadOnlyList<string> Lines(LiveState state) => LiveLines.Of(state, Seconds(5), 80, 23, coloured: false);
    }

    [Fact]
    public void State_of_the_start_says_that_nothing_is_there_yet()
    {
        IReadOnlyList<string> lines = LiveLines.Of(new LiveState(), Seconds(0), 80, 23, coloured: false);

        Assert.Equal("none, connecting for 0s", lines[0]);
        Assert.Contains("nothing yet", lines[3], StringComparison.Ordinal);
        Assert.Equal(5, lines.Count);
    }

    [Theory]
    [InlineData(20, 23)]
    [InlineData(1, 23)]
    [InlineData(80, 3)]
    [InlineData(80, 0)]
    public void Lines_fit_the_terminal(int width, int height)
    {
        LiveState state = Enumerable.Range(0, 20).Aggregate(new LiveState(), (state, index) =>
            state.With(new Control(new string('x', 300), $"{index}"), ControlRoute.Stream, Seconds(1)));

        IReadOnlyList<string> lines = LiveLines.Of(state, Seconds(9), width, height, coloured: false);

        Assert.All(lines, line => Assert.True(line.Length <= width, line));
        Assert.InRange(lines.Count, 1, Math.Max(1, height));
        Assert.Equal(LiveState.ShownControls, state.LastControls.Count);
        Assert.Equal("19", state.LastControls[0].TaskId);
    }

    [Fact]
    public void Peer_cannot_write_escape_sequences()
    {
        LiveState state = new LiveState()
            .With(Status(DownlinkState.Live, "\e[2J\n"), Seconds(1))
            .With(new Control("\e[H", "a\nb"), ControlRoute.Stream, Seconds(1));

        Assert.All(LiveLines.Of(state, Seconds(1), 80, 23, coloured: false), line => Assert.DoesNotContain(line, char.IsControl));
    }

    [Fact]
    public void Colour_is_around_the_first_line_only_and_does_not_count_as_columns()
    {
        IReadOnlyList<string> lines = LiveLines.Of(new LiveState().With(Live, Seconds(0)), Seconds(0), 15, 23, coloured: true);

        Assert.Equal("\e[32msse, live for …\e[0m", lines[0]);
        Assert.All(lines.Skip(1), line => Assert.DoesNotContain('\e', line));
    }

    [Fact]
    public void Since_when_is_kept_while_route_and_state_stay()
    {
        LiveState state = new LiveState().With(Live, Seconds(2)).With(Status(DownlinkState.Live, "again"), Seconds(9));

        Assert.Equal((Seconds(2), "again"), (state.Since, state.Status.Reason));
        Assert.Equal(Seconds(12), state.With(Status(DownlinkState.Suspect, "frames arrive"), Seconds(12)).Since);
    }

    [Theory]
    [InlineData(-1, "0s")]
    [InlineData(59, "59s")]
    [InlineData(60, "1m 00s")]
    [InlineData(3661, "1h 01m")]
    [InlineData(90000, "1d 01h")]
    public void Age_is_told_in_two_units_at_most(int seconds, string text) => Assert.Equal(text, LiveLines.Age(Seconds(seconds)));

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);
}
