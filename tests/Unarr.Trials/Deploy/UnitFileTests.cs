using System.Diagnostics;
using Unarr.EndToEnd.Tests.Agent;

namespace Unarr.EndToEnd.Tests.Deploy;

/// <summary>The systemd units, as systemd itself reads them.</summary>
public sealed class UnitFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("unarr-unit-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableTheory]
    [InlineData("unarr-agent")]
    [InlineData("unarr-controlplane")]
    [InlineData("unarr-controlplane-node")]
    public async Task Unit_file_is_understood_whole(string unit)
    {
        Needs.Program("systemd-analyze");

        Assert.Equal((0, ""), await AnalyzeAsync("verify", "--man=no", await UnitAsync(unit)));
    }

    [SkippableTheory]
    [InlineData("unarr-agent")]
    [InlineData("unarr-controlplane")]
    [InlineData("unarr-controlplane-node")]
    public async Task Unit_leaves_little_open(string unit)
    {
        Needs.Program("systemd-analyze");

        // The threshold is ten times the level that it shows.
        (int exitCode, string error) = await AnalyzeAsync("security", "--offline=true", "--threshold=20", await UnitAsync(unit));
        Assert.True(exitCode == 0, error);
    }

    [SkippableFact]
    public async Task Setting_that_systemd_does_not_know_is_seen()
    {
        Needs.Program("systemd-analyze");
        string unit = await UnitAsync("unarr-agent");
        await File.AppendAllTextAsync(unit, "[Service]\nProtectEverything=yes\n");

        Assert.Contains("ProtectEverything", (await AnalyzeAsync("verify", "--man=no", unit)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Control_plane_s_unit_reloads_by_the_signal_that_reads_the_keys_again() =>
        Assert.Contains("ExecReload=/bin/kill -s HUP $MAINPID\n", await TextAsync("unarr-controlplane"), StringComparison.Ordinal);

    /// <summary>The unit with a program that is on this machine.</summary>
    private async Task<string> UnitAsync(string name)
    {
        string text = await TextAsync(name);
        string installed = $"/usr/local/bin/{(name == "unarr-agent" ? name : "unarr-controlplane")}";
        Assert.Contains($"ExecStart={installed} ", text, StringComparison.Ordinal);
        string unit = Path.Combine(_folder, $"{name}.service");
        await File.WriteAllTextAsync(unit, text.Replace(installed, ProcessTests.Program, StringComparison.Ordinal));
        return unit;
    }

    private static Task<string> TextAsync(string name) =>
        File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "deploy", $"{name}.service"));

    private static async Task<(int ExitCode, string Error)> AnalyzeAsync(params string[] args)
    {
        using Process analyze =
            Process.Start(new ProcessStartInfo("systemd-analyze", args) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        Task<string> output = analyze.StandardOutput.ReadToEndAsync();
        string error = await analyze.StandardError.ReadToEndAsync().WaitAsync(AgentCommand.Patience);
        await output.WaitAsync(AgentCommand.Patience);
        await analyze.WaitForExitAsync();
        return (analyze.ExitCode, error);
    }
}
