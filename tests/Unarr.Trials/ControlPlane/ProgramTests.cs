using System.Runtime.Versioning;
using Unarr.Agents.Hub.Keys;
using Unarr.EndToEnd.Tests.Agent;

namespace Unarr.EndToEnd.Tests.ControlPlane;

/// <summary>The control plane's command line, as a shell meets it.</summary>
public sealed class ProgramTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-program-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task New_key_is_alone_on_a_line_of_standard_output_and_is_the_one_in_the_file()
    {
        (int exitCode, string output, string error) = await RunAsync("keys", "init");
        Assert.Equal(0, exitCode);
        string operatorKey = Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain(operatorKey, error, StringComparison.Ordinal);
        string agentKey = (await RunAsync("keys", "add", "a1")).Output.TrimEnd('\n');
        string aliceKey = (await RunAsync("keys", "add", "--operator", "alice")).Output.TrimEnd('\n');
        ApiKeys keys = KeyFile.Parse(await File.ReadAllBytesAsync(Path.Combine(_folder.FullName, "keys.json")));
        Assert.Equal(("operator", "alice", "a1"),
            (keys.FindOperator(operatorKey), keys.FindOperator(aliceKey), keys.FindAgent(agentKey)));

        string rotated = (await RunAsync("keys", "rotate", "a1")).Output.TrimEnd('\n');
        Assert.NotEqual(agentKey, rotated);
        Assert.Equal("operator\toperator\noperator\talice\nagent\ta1\n", (await RunAsync("keys", "list")).Output);
        Assert.Equal((0, ""), (await RunAsync("keys", "remove", "a1")) is var (code, written, _) ? (code, written) : default);
        Assert.Equal("operator\toperator\noperator\talice\n", (await RunAsync("keys", "list")).Output);
    }

    [Theory]
    [InlineData("there is no file 'keys.json': keys init makes it", "keys", "list")]
    [InlineData("is not an agent id", "keys", "add", "a/b")]
    [InlineData("Name an agent, or an operator", "keys", "add")]
    [InlineData("not both", "keys", "rotate", "a1", "--operator", "a2")]
    [InlineData("The first operator cannot be removed", "keys", "remove", "--operator", "operator")]
    [InlineData("--keys FILE is required", "serve")]
    [InlineData("https needs --certificate", "serve", "--keys", "x", "--urls", "https://127.0.0.1:0")]
    [InlineData("there is no file 'none.toml'", "serve", "--config", "none.toml")]
    [InlineData("'10' is not an address", "serve", "--keys", "x", "--trusted-proxy", "10")]
    [InlineData("is not an address with a port", "serve", "--keys", "x", "--metrics", "9464")]
    [InlineData("this is for a store in a file", "check", "--store", "memory")]
    [InlineData("there is no file 'none.db'", "backup", "b.db", "--store", "none.db")]
    public async Task Mistake_is_one_line_and_exit_code_2(string expected, params string[] arguments)
    {
        if (arguments is ["serve", "--keys", "x", "--urls", ..])
        {
            await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "x"), """{"operator":"k"}""");
        }

        (int exitCode, string output, string error) = await RunAsync(arguments);
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(expected, Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Both_programs_spell_their_version_alike()
    {
        (_, string agent, _) = await ProgramProcess.RunAsync(
            ProcessTests.Program, _folder.FullName, new Dictionary<string, string>(), "--version");
        Assert.Equal(agent, (await RunAsync("--version")).Output);
    }

    [SkippableFact]
    [UnsupportedOSPlatform("windows")]
    public async Task Bash_completes_what_fits()
    {
        Needs.Program("bash");
        string program = Path.Combine(_folder.FullName, "unarr-controlplane");
        await File.WriteAllTextAsync(program, $"#!/bin/sh\nexec dotnet exec {ProgramProcess.Assembly} \"$@\"\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        const string Line = "$1 serve --trus";
        string script = $"""
            source <("$1" completion bash)
            COMP_WORDS=("$1" serve --trus); COMP_CWORD=2; COMP_LINE="{Line}"; COMP_POINT=${"{#COMP_LINE}"}
            _unarr_controlplane; printf '%s\n' "${"{COMPREPLY[@]}"}"
            """;
        (_, string output, _) = await ProgramProcess.RunAsync(
            "bash", _folder.FullName, new Dictionary<string, string>(), "-c", script, "bash", program);
        Assert.Equal("--trusted-proxy\n", output);
    }

    private Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) =>
        ProgramProcess.RunAsync(_folder.FullName, arguments);
}
