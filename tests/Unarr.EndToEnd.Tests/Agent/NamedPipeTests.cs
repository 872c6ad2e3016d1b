using System.Diagnostics;

namespace Unarr.EndToEnd.Tests.Agent;

/// <summary>A named pipe whose writer does not come.</summary>
public sealed class NamedPipeTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-pipe-");
    private readonly string _pipe;

    public NamedPipeTests()
    {
        _pipe = Path.Combine(_folder.FullName, "pipe");
        using Process make = Process.Start("mkfifo", [_pipe]);
        make.WaitForExit();
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(0, "run", "--server", "http://127.0.0.1:1", "--config")]
    [InlineData(0, "run", "--server", "http://127.0.0.1:1", "--ca-file")]
    [InlineData(0, "run", "--server", "http://127.0.0.1:1", "--api-key-file")]
    [InlineData(1, "probe", "http://127.0.0.1:1", "--ca-file")]
    [InlineData(1, "probe", "http://127.0.0.1:1", "--api-key-file")]
    [InlineData(0, "parse")]
    public async Task Wait_for_it_is_given_up_when_the_command_is_ended(int exitCode, params string[] args)
    {
        await using AgentCommand command = AgentCommand.Start(
            [.. args, _pipe], environment: new Dictionary<string, string> { ["UNARR_API_KEY"] = "key" });

        Assert.Equal(exitCode, await command.EndAsync());

        // Lets the thread go that waits for the writer.
        new FileStream(_pipe, FileMode.Open, FileAccess.ReadWrite).Dispose();
    }

    [Fact]
    public async Task State_file_that_is_one_is_refused()
    {
        await using AgentCommand command = AgentCommand.Start(
            ["run", "--server", "http://127.0.0.1:1", "--state-file", _pipe],
            environment: new Dictionary<string, string> { ["UNARR_API_KEY"] = "key" });

        Assert.Equal(2, await command.Ended.WaitAsync(AgentCommand.Patience));
        Assert.Equal($"Cannot use the state file '{_pipe}': it is not a regular file.\n", command.Error);
    }
}
