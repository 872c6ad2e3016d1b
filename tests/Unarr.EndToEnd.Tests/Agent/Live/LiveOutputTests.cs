extern alias UnarrAgent;

using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;




using UnarrAgent::Unarr.Agent.Live;
using UnarrAgent::Unarr.Agent.Output;
using UnarrAgent::Unarr.Agent.Terminal;

namespace Unarr.EndToEnd.Tests.Agent.Live;

public class LiveOutputTests
{
    private static readonly Control Control = new("pause", "t1");

    [Fact]
    public async Task Terminal_that_is_stopped_holds_up_nothing_and_gets_the_number_of_lines_that_were_dropped()
    {
        using var terminal = new BlockedStream();
        using var error = new StringWriter();
        var live = new LiveOutput(terminal, new Size(), coloured: false, error, new AgentClock(TimeProvider.System));
        live.Control(Control, ControlRoute.Stream, TimeSpan.Zero);
        for (int line = 0; line < 5000; line++)
        {
            live.Log.WriteLine($"warning: {line}.");
            live.Control(Control, ControlRoute.Stream, TimeSpan.Zero);
        }

        terminal.LetGo();
        await live.EndAsync().WaitAsync(AgentCommand.Patience);

        Assert.Contains("warning: 0.\e[K", terminal.Written, StringComparison.Ordinal);
        Assert.Matches("warning: The terminal was stopped: lines dropped: [0-9]+\e", terminal.Written);
        Assert.Contains("controls 5,001, syncs", terminal.Written, StringComparison.Ordinal);
        Assert.EndsWith("\e[?25h", terminal.Written, StringComparison.Ordinal);
        Assert.Equal("", error.ToString());
    }

    [Fact]
    public async Task Log_lines_before_the_view_and_after_its_end_go_to_standard_error()
    {
        using var terminal = new BlockedStream();
        using var error = new StringWriter { NewLine = "\n" };
        var live = new LiveOutput(terminal, new Size(), coloured: false, error, new AgentClock(TimeProvider.System));
        terminal.LetGo();

        live.Log.WriteLine("before");
        live.Control(Control, ControlRoute.Stream, TimeSpan.Zero);
        live.Log.WriteLine("while");
        await live.EndAsync().WaitAsync(AgentCommand.Patience);
        live.Log.WriteLine("after");

        Assert.Equal("before\nafter\n", error.ToString());
        Assert.Contains("while", terminal.Written, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Terminal_that_stays_stopped_does_not_hold_the_end_up()
    {
        using var terminal = new BlockedStream();
        using var error = new StringWriter();
        var live = new LiveOutput(terminal, new Size(), coloured: false, error, new AgentClock(TimeProvider.System));
        live.Control(Control, ControlRoute.Stream, TimeSpan.Zero);

        await live.EndAsync().WaitAsync(AgentCommand.Patience);

        Assert.StartsWith("warning: The terminal is stopped", error.ToString(), StringComparison.Ordinal);
    }

    private sealed class Size : ITerminal
    {
        public int Width => 80;

        public int Height => 24;
    }
}
