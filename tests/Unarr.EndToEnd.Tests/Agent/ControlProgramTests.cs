extern alias UnarrAgent;

using System.Text;
using System.Threading.Channels;
using Unarr.Pipelines.Protocol;
using UnarrAgent::Unarr.Agent.Running;

namespace Unarr.EndToEnd.Tests.Agent;

public class ControlProgramTests
{
    private static readonly ControlAction Control = new() { Action = "cancel", TaskId = "t1" };

    [Fact]
    public async Task Program_that_leaves_a_process_running_is_done_when_it_ends_itself_and_the_other_s_lines_still_come()
    {
        using var folder = new TemporaryFolder();
        string gate = Path.Combine(folder.Path, "gate");
        var lines = new LineChannel();
        var program = new ControlProgram($"mkfifo '{gate}'; echo now; {{ read line < '{gate}'; echo later; }} &", lines);

        await program.RunAsync(Control, CancellationToken.None).WaitAsync(AgentCommand.Patience);
        Assert.Equal("now", await lines.NextAsync());

        await File.WriteAllTextAsync(gate, "go\n").WaitAsync(AgentCommand.Patience);
        Assert.Equal("later", await lines.NextAsync());
    }

    [Fact]
    public async Task Program_that_fails_has_its_lines_told_too()
    {
        var lines = new LineChannel();

        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => new ControlProgram("echo why >&2; exit 3", lines).RunAsync(Control, CancellationToken.None).WaitAsync(AgentCommand.Patience));

        Assert.Contains("exit code 3", failure.Message, StringComparison.Ordinal);
        Assert.Equal("why", await lines.NextAsync());
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
