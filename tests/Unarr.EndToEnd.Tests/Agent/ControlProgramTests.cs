extern alias UnarrAgent;

using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using Unarr.Agents.Protocol;
using UnarrAgent::Unarr.Agent.Output;
using UnarrAgent::Unarr.Agent.Running;

namespace Unarr.EndToEnd.Tests.Agent;

public class ControlProgramTests
{
    private static readonly Control Control = new("cancel", "t1");

    [Fact]
    public async Task Program_that_leaves_a_process_running_is_done_when_it_ends_itself_and_the_other_s_lines_still_come()
    {
        using var folder = new TemporaryFolder();
        string gate = Path.Combine(folder.Path, "gate");
        var lines = new LineChannel();
        var program = new ControlProgram(
            $"mkfifo '{gate}'; echo now; {{ read line < '{gate}'; echo later; }} &", lines, null, TimeProvider.System);

        await program.RunAsync(Control, CancellationToken.None).WaitAsync(AgentCommand.Patience);
        Assert.Equal("now", await lines.NextAsync());

        await File.WriteAllTextAsync(gate, "go\n").WaitAsync(AgentCommand.Patience);
        Assert.Equal("later", await lines.NextAsync());
    }

    [Fact]
    public async Task Program_that_fails_has_its_lines_told_too()
    {
        var lines = new LineChannel();

        ControlProgramException failure = await Assert.ThrowsAsync<ControlProgramException>(
            () => new ControlProgram("echo why >&2; exit 3", lines, null, TimeProvider.System)
                .RunAsync(Control, CancellationToken.None).WaitAsync(AgentCommand.Patience));

        Assert.Contains("exit code 3", failure.Message, StringComparison.Ordinal);
        Assert.Equal("why", await lines.NextAsync());
    }

    [Fact]
    public async Task Program_that_runs_longer_than_it_may_is_killed_with_its_children_and_has_failed()
    {
        using var folder = new TemporaryFolder();
        string held = Path.Combine(folder.Path, "held");
        var lines = new LineChannel();
        var time = new FakeTimeProvider();
        var program = new ControlProgram(
            $"mkfifo '{held}'; {{ echo started; sleep 600; }} > '{held}' & echo ready; wait", lines, TimeSpan.FromSeconds(90), time);
        Task running = program.RunAsync(Control, CancellationToken.None);
        Assert.Equal("ready", await lines.NextAsync());
        using StreamReader child = await Task.Run(() => new StreamReader(held)).WaitAsync(AgentCommand.Patience);
        Assert.Equal("started", await child.ReadLineAsync().WaitAsync(AgentCommand.Patience));

        time.Advance(TimeSpan.FromSeconds(89));
        Assert.False(running.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));

        ControlProgramException failure = await Assert.ThrowsAsync<ControlProgramException>(() => running.WaitAsync(AgentCommand.Patience));
        Assert.Equal("timed out after 90s", failure.Reason);

        // The pipe ends when the last that holds it has ended.
        Assert.Null(await child.ReadLineAsync().WaitAsync(AgentCommand.Patience));
    }

    [Theory]
    [InlineData("""{ "bytesPerSecond" : 1.50 }""", """{"bytesPerSecond":1.50}.""")]
    [InlineData("\"'$(id)\\n\"", "\"'$(id)\\n\".")]
    [InlineData("null", ".")]
    public async Task Program_reads_the_control_s_parameters_or_nothing(string parameters, string told)
    {
        var lines = new LineChannel();
        await new ControlProgram("cat; echo .", lines, null, TimeProvider.System)
            .RunAsync(new Control("set-limit") { Parameters = Encoding.UTF8.GetBytes(parameters) }, CancellationToken.None)
            .WaitAsync(AgentCommand.Patience);
        Assert.Equal(told, await lines.NextAsync());
    }

    [Theory]
    [InlineData("true")]
    [InlineData("exec <&-; sleep 0.1")]
    [InlineData("head -c 1 > /dev/null")]
    public async Task Program_need_not_read_the_parameters(string command)
    {
        var control = new Control("set-limit") { Parameters = Encoding.UTF8.GetBytes($"\"{new string('x', 65_534)}\"") };
        await new ControlProgram(command, new LineChannel(), null, TimeProvider.System)
            .RunAsync(control, CancellationToken.None).WaitAsync(AgentCommand.Patience);
    }

    [Fact]
    public async Task Program_reads_parameters_up_to_their_bound()
    {
        var lines = new LineChannel();
        var control = new Control("set-limit") { Parameters = Encoding.UTF8.GetBytes($"\"{new string('x', 65_534)}\"") };
        await new ControlProgram("wc -c", lines, null, TimeProvider.System)
            .RunAsync(control, CancellationToken.None).WaitAsync(AgentCommand.Patience);
        Assert.Equal("65536", (await lines.NextAsync())?.Trim());
    }

    [Theory]
    [InlineData("c1", "c1.set")]
    [InlineData(null, ".")]
    public async Task Program_gets_the_control_s_id_where_it_has_one(string? id, string told)
    {
        Environment.SetEnvironmentVariable("UNARR_CONTROL_ID", "of an agent around this one");
        var lines = new LineChannel();

        await new ControlProgram("echo $UNARR_CONTROL_ID.${UNARR_CONTROL_ID+set}", lines, null, TimeProvider.System)
            .RunAsync(new Control("cancel", "t1") { Id = id }, CancellationToken.None).WaitAsync(AgentCommand.Patience);

        Assert.Equal(told, await lines.NextAsync());
    }

    [Fact]
    public async Task Line_without_end_is_cut_and_holds_no_escape_sequence()
    {
        var lines = new LineChannel();

        await new ControlProgram(
            "printf '\\033[2J'; head -c 1000000 /dev/zero | tr '\\0' x; echo; echo end", lines, null, TimeProvider.System)
            .RunAsync(Control, CancellationToken.None).WaitAsync(AgentCommand.Patience);

        Assert.Equal($" [2J{new string('x', PrintedLines.MaxLineBytes - 4)}", await lines.NextAsync());
        Assert.Equal("end", await lines.NextAsync());
    }

    private sealed class LineChannel : TextWriter
    {
        private readonly Channel<string?> _lines = Channel.CreateUnbounded<string?>();

        public override Encoding Encoding => Encoding.UTF8;

        public override void WriteLine(string? value) => _lines.Writer.TryWrite(value);

        public Task<string?> NextAsync() => _lines.Reader.ReadAsync().AsTask().WaitAsync(AgentCommand.Patience);
    }

    private sealed class TemporaryFolder : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-control-");

        public string Path => _folder.FullName;

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
