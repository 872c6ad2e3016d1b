using System.Diagnostics;
using Unarr.EndToEnd.Tests.Agent;

namespace Unarr.EndToEnd.Tests.Deploy;

/// <summary>The systemd unit, as systemd itself reads it.</summary>
public sealed class UnitFileTests : IDisposable
{
    private const string Installed = "/usr/local/bin/unarr-agent";

    private readonly string _folder = Directory.CreateTempSubdirectory("unarr-unit-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public async Task Unit_file_is_understood_whole()
    {
        Needs.Program("systemd-analyze");
        string unit = await UnitAsync();

        Assert.Equal((0, ""), await AnalyzeAsync("verify", "--man=no", unit));
    }

    [SkippableFact]
    public async Task Setting_that_systemd_does_not_know_is_seen()
    {
        Needs.Program("systemd-analyze");
        string unit = await UnitAsync();
        await File.AppendAllTextAsync(unit, "[Service]\nProtectEverything=yes\n");

        Assert.Contains("ProtectEverything", (await AnalyzeAsync("verify", "--man=no", unit)).Error, StringComparison.Ordinal);
    }

    /// <summary>The unit with a program that is on this machine.</summary>
    private async Task<string> UnitAsync()
    {
        string text = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "deploy", "unarr-agent.service"));
        Assert.Contains($"ExecStart={Installed} ", text, StringComparison.Ordinal);
        string unit = Path.Combine(_folder, "unarr-agent.service");
        await File.WriteAllTextAsync(unit, text.Replace(Installed, ProcessTests.Program, StringComparison.Ordinal));
        return unit;
    }

    private static async Task<(int ExitCode, string Error)> AnalyzeAsync(params string[] args)
    {
        using Process analyze =
            Process.Start(new ProcessStartInfo("systemd-analyze", args) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        string error = await analyze.StandardError.ReadToEndAsync().WaitAsync(AgentCommand.Patience);
        await analyze.WaitForExitAsync();
        return (analyze.ExitCode, error);
    }
}
