namespace Unarr.EndToEnd.Tests.Packaging;

/// <summary>Packages are compared with those of the baseline when they are packed for a release.</summary>
[Collection(nameof(PackedTests))]
public sealed class BaselineTests(PackedPackages packed) : IDisposable
{
    private const string Package = "src/Unarr.Agents.Protocol";
    private const string Member = "    public string Error { get; init; }";

    private readonly string _folder = Directory.CreateTempSubdirectory("unarr-baseline-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public async Task Public_member_of_the_baseline_that_is_gone_ends_the_pack()
    {
        string baseline = await packed.BaselineAsync();
        await Dotnet.RunAsync(Dotnet.Command(
            "sh", Dotnet.Repository, "-c",
            $"tar -c --exclude=bin --exclude=obj {Package} Directory.* *.md LICENSE global.json .editorconfig | tar -x -C '{_folder}'"));
        (int exitCode, string output, _) = await PackAsync(baseline);
        Assert.True(exitCode == 0, output);

        string file = Path.Combine(_folder, Package, "FailedControl.cs");
        string source = await File.ReadAllTextAsync(file);
        Assert.Contains(Member, source, StringComparison.Ordinal);
        await File.WriteAllTextAsync(
            file, source.Replace(Member, Member.Replace("public", "internal", StringComparison.Ordinal), StringComparison.Ordinal));
        (exitCode, output, _) = await PackAsync(baseline);
        Assert.NotEqual(0, exitCode);
        Assert.Contains("CP0002: Member 'string Unarr.Agents.Protocol.FailedControl.Error.get", output, StringComparison.Ordinal);
    }

    private Task<(int ExitCode, string Output, string Error)> PackAsync(string baseline) => Dotnet.EndAsync(Dotnet.Command(
        "dotnet", _folder, "pack", Package, "-c", "Release", "-o", "feed", "-p:RunAnalyzers=false", $"-p:BaselinePackages={baseline}"));
}
