extern alias UnarrAgent;



using UnarrAgent::Unarr.Agent.Terminal;

namespace Unarr.EndToEnd.Tests.Agent;

public class StandardErrorTests
{
    [Fact]
    public async Task Standard_error_that_nobody_reads_takes_every_line_without_waiting_and_counts_what_it_drops()
    {
        using var stream = new BlockedStream();
        var error = new StandardError(stream);
        for (int line = 0; line < 5000; line++)
        {
            error.WriteLine($"warning: {line}");
        }

        stream.LetGo();
        await error.DisposeAsync();

        string[] lines = stream.Written.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("warning: 0", lines[0]);
        int dropped = 5000 - (lines.Length - 1);
        Assert.Contains($"warning: Nobody read standard error: lines dropped: {dropped}", lines);
        Assert.InRange(dropped, 5000 - LineQueue.MaxLines - 1, 5000 - LineQueue.MaxLines);
    }

    [Fact]
    public async Task Standard_error_that_is_never_read_does_not_hold_the_end_up()
    {
        using var stream = new BlockedStream();
        var error = new StandardError(stream);
        error.WriteLine("warning");

        await error.DisposeAsync().AsTask().WaitAsync(AgentCommand.Patience);

        Assert.Equal("", stream.Written);
    }
}
